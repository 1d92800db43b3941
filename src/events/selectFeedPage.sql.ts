import type { Prisma } from "../db/generated/client.ts";
import type { StoredPayload } from "./domainEvent.ts";
import { splitTypes, type EventFilter } from "./eventFilter.ts";

export interface FeedPageQuery {
  readonly tenantId: string;
  readonly after: number;
  readonly upTo: number;
  /** Places that are looked at, whether their events fit or not. */
  readonly places: number;
  /** No more events once those before take this much, as stored and compressed. */
  readonly bytes: number;
  readonly filter: EventFilter;
}

/** A place that was looked at; id is null when its event does not fit, position when there was none to look at. */
export interface FeedRow {
  readonly headPosition: bigint;
  readonly expiredPosition: bigint;
  /** Places that were looked at; those past the bytes are counted, but have no row. */
  readonly looked: bigint;
  readonly position: bigint | null;
  readonly id: string | null;
  readonly type: string;
  readonly scriptId: string | null;
  readonly runId: string | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly payload: StoredPayload;
  readonly occurredAt: Date;
}

/**
 * A tenant's places of the feed with after < position <= upTo, in order, with the events that fit. At least one row.
 *
 * The head comes from the same statement, and so from the same moment: nothing beyond it is taken for looked at.
 */
export async function selectFeedPage(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  { tenantId, after, upTo, places, bytes, filter }: FeedPageQuery,
): Promise<FeedRow[]> {
  const { correlationId = null, scriptId = null, runId = null, types } = filter;
  const { whole, beginnings } = splitTypes(types);
  // pg_column_size reads the length of a large value without fetching it, so what is cut off costs nothing.
  return tx.$queryRaw<FeedRow[]>`
    select
      "headPosition", "expiredPosition", looked, position,
      id, type, "scriptId", "runId", "correlationId", "causationId", payload, "occurredAt"
    from (
      select
        head.position as "headPosition", head."expiredPosition", place.position,
        event.id, event.type, event."scriptId", event."runId", event."correlationId", event."causationId",
        event.payload, event."occurredAt",
        count(place.position) over () as looked,
        coalesce(sum(pg_column_size(event.payload)) over (
          order by place.position rows between unbounded preceding and 1 preceding), 0) as "bytesBefore"
      from scripts."EventFeedHead" head
      left join lateral (
        select feed.position, feed."eventId"
        from scripts."EventFeed" feed
        where feed."tenantId" = ${tenantId}
          and feed.position > ${after}
          and feed.position <= least(${upTo}, head.position)
        order by feed.position
        limit ${places}
      ) place on true
      left join scripts."DomainEvent" event
        on event."tenantId" = ${tenantId}
        and event.id = place."eventId"
        and (${correlationId}::text is null or event."correlationId" = ${correlationId})
        and (${scriptId}::text is null or event."scriptId" = ${scriptId})
        and (${runId}::text is null or event."runId" = ${runId})
        and (
          ${types === undefined}
          or event.type = any(${whole}::text[])
          or exists (select from unnest(${beginnings}::text[]) beginning where starts_with(event.type, beginning)))
      where head.id = 1
    ) page
    where "bytesBefore" < ${bytes}
    order by position`;
}
