import { z } from "zod";

/**
 * A cursor names the last entry of a page by the values the list is sorted by, so that the next page starts
 * right after it whatever was added or removed meanwhile. To callers it is opaque: base64url of a JSON list.
 *
 * The first entry names the list, so that a cursor of another list is refused and not misread.
 */
export function encodeCursor(list: string, values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString("base64url");
}

/** The values in a cursor, undefined when it is not one of this list. */
export function decodeCursor<T extends readonly z.ZodType[]>(
  list: string,
  cursor: string,
  values: readonly [...T],
): { [K in keyof T]: z.output<T[K]> } | undefined {
  const parsed = z.tuple([z.literal(list), ...values]).safeParse(parseText(cursor));
  return parsed.success ? (parsed.data.slice(1) as { [K in keyof T]: z.output<T[K]> }) : undefined;
}

/** A time in a cursor: milliseconds since 1970, which is all the precision the columns have. */
export const cursorTime = z
  .number()
  .int()
  .min(0)
  .max(8_640_000_000_000_000)
  .transform((ms) => new Date(ms));

function parseText(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

/** A page of a list: at most limit entries, and how to get on when there are more. */
export interface Page<T> {
  readonly kind: "page";
  readonly entries: readonly T[];
  readonly nextCursor: string | null;
}

/** Cuts the page out of rows of which one more than the limit was read. */
export function toPage<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => string): Page<T> {
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  return { kind: "page", entries, nextCursor: rows.length > limit && last ? cursorOf(last) : null };
}
