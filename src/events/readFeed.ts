import type { InTenant } from "../db/inTenant.ts";
import { isOpen, type EventFilter } from "./eventFilter.ts";
import type { FeedEvent } from "./feedEvent.ts";
import { selectFeedPage, type FeedRow } from "./selectFeedPage.sql.ts";

export interface ReadFeedDeps {
  readonly inTenant: InTenant;
}

export interface ReadFeedInput {
  readonly tenantId: string;
  /** Position that was seen last; 0 is before the first. */
  readonly after: number;
  /** Position to read up to. Default: the head. */
  readonly upTo?: number;
  /** Most events of a page. */
  readonly limit: number;
  readonly filter: EventFilter;
}

export type FeedPage =
  | {
      readonly kind: "page";
      readonly events: readonly FeedEvent[];
      /** Everything up to here was looked at: `after` of the next page. */
      readonly next: number;
      readonly headPosition: number;
    }
  /** Events after `after` were deleted: those that are left begin after expiredPosition. */
  | { readonly kind: "expired"; readonly expiredPosition: number; readonly headPosition: number };

/** Places that are looked at for one page when most events may not fit: a few milliseconds. */
const PLACES = 1_000;
/** Of the payloads of a page, as stored: a page is in memory for as long as somebody is slow to take it. */
const PAGE_BYTES = 256 * 1024;

/** A page of a tenant's feed. It may hold no event and yet not be the last: the last has next at its upTo. */
export async function readFeed(deps: ReadFeedDeps, input: ReadFeedInput): Promise<FeedPage> {
  const { tenantId, after, limit, filter, upTo = Number.MAX_SAFE_INTEGER } = input;
  const places = isOpen(filter) ? limit : Math.max(limit, PLACES);
  const rows = await deps.inTenant(tenantId, (tx) =>
    selectFeedPage(tx, { tenantId, after, upTo, places, bytes: PAGE_BYTES, filter }),
  );
  const headPosition = Number(rows[0]!.headPosition);
  const expiredPosition = Number(rows[0]!.expiredPosition);
  if (after < expiredPosition) return { kind: "expired", expiredPosition, headPosition };
  const fitting = rows.filter((row) => row.id !== null);
  const events = fitting.slice(0, limit).map((row) => toFeedEvent(tenantId, row));
  const next = (): number => {
    if (fitting.length > limit) return events.at(-1)!.position;
    const looked = Number(rows[0]!.looked);
    if (looked === places || rows.length < looked) return Number(rows.at(-1)!.position);
    return Math.max(after, Math.min(upTo, headPosition));
  };
  return { kind: "page", events, next: next(), headPosition };
}

function toFeedEvent(tenantId: string, row: FeedRow): FeedEvent {
  return {
    event: row.type,
    correlationId: row.correlationId,
    success: row.payload.success,
    payload: row.payload.payload,
    id: row.id!,
    position: Number(row.position),
    tenantId,
    ...(row.scriptId === null ? {} : { scriptId: row.scriptId }),
    ...(row.runId === null ? {} : { runId: row.runId }),
    ...(row.causationId === null ? {} : { causationId: row.causationId }),
    occurredAt: row.occurredAt.toISOString(),
  };
}
