import { z } from "zod";

/** What a stamper says of the positions it has just given out: after < position <= to. */
export interface FeedHint {
  readonly after: number;
  readonly to: number;
  /** Tenants of these events; undefined when they are too many to name. */
  readonly tenants: readonly string[] | undefined;
}

/** PostgreSQL takes 7,999 bytes; tenant ids are ASCII. */
const MAX_LENGTH = 7_900;

const schema = z.object({
  after: z.int().nonnegative(),
  to: z.int().nonnegative(),
  tenants: z.array(z.string()).optional(),
});

export function formatHint({ after, to, tenants }: FeedHint): string {
  const text = JSON.stringify({ after, to, tenants });
  return text.length <= MAX_LENGTH ? text : JSON.stringify({ after, to });
}

/** Undefined for what no stamper of this release says: then the feed is looked at as without a hint. */
export function parseHint(text: string): FeedHint | undefined {
  try {
    const { after, to, tenants } = schema.parse(JSON.parse(text));
    return { after, to, tenants };
  } catch {
    return undefined;
  }
}
