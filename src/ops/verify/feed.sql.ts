import type { PrismaClient } from "../../db/generated/client.ts";

type Reader = Pick<PrismaClient, "$queryRaw">;

export interface FeedHead {
  readonly position: bigint;
  readonly expiredPosition: bigint;
}

export async function selectFeedHead(prisma: Reader): Promise<FeedHead | undefined> {
  const rows = await prisma.$queryRaw<FeedHead[]>`
    select position, "expiredPosition"
    from scripts."EventFeedHead"
    where id = 1`;
  return rows[0];
}

export interface FeedPage {
  /** Rows looked at. */
  readonly rows: number;
  /** Position of the last of them; null when there are none. */
  readonly last: bigint | null;
  /** Positions that do not follow the one before them, and that one. */
  readonly gaps: readonly { readonly position: number; readonly before: number }[];
}

/** Looks at the next positions after one, up to the head, for gaps. */
export async function selectFeedGaps(
  prisma: Reader,
  input: { readonly after: bigint; readonly upTo: bigint; readonly limit: number },
): Promise<FeedPage> {
  const rows = await prisma.$queryRaw<FeedPage[]>`
    select
      count(*)::int as rows,
      max(position) as last,
      coalesce(jsonb_agg(jsonb_build_object('position', position, 'before', before) order by position)
        filter (where position <> before + 1), '[]') as gaps
    from (
      select position, lag(position, 1, ${input.after}::bigint) over (order by position) as before
      from (
        select position
        from scripts."EventFeed"
        where position > ${input.after}
          and position <= ${input.upTo}
        order by position
        limit ${input.limit}
      ) page
    ) numbered`;
  return rows[0]!;
}

export interface MisplacedEvent {
  readonly tenantId: string;
  readonly id: string;
  readonly position: bigint | null;
  readonly isStamped: boolean;
}

/** Events that are marked as having a place and have none, or have one and are not marked. */
export async function selectMisplacedEvents(
  prisma: Reader,
  input: { readonly tenantId: string | null; readonly limit: number },
): Promise<MisplacedEvent[]> {
  return prisma.$queryRaw<MisplacedEvent[]>`
    select event."tenantId", event.id, feed.position, event."isStamped"
    from scripts."DomainEvent" event
    left join scripts."EventFeed" feed
      on feed."tenantId" = event."tenantId" and feed."eventId" = event.id
    where event."isStamped" <> (feed.position is not null)
      and (${input.tenantId}::text is null or event."tenantId" = ${input.tenantId})
    order by event.ordinal
    limit ${input.limit}`;
}

export interface DisorderedEvent {
  readonly tenantId: string;
  readonly scriptId: string;
  readonly position: bigint;
  readonly type: string;
  /** Where its predecessor in the feed stands, and up to which command that one went. */
  readonly beforePosition: bigint;
  readonly fromSequence: number | null;
  readonly beforeSequence: number | null;
}

/**
 * Events of scripts that stand in the feed before an earlier one of the same script, and batches of commands that
 * do not follow the batch before them.
 *
 * Sorted by the server, on disk where it must: nothing is held here but what is wrong.
 */
export async function selectDisorderedEvents(
  prisma: Reader,
  input: { readonly tenantId: string | null; readonly scriptId: string | null; readonly limit: number },
): Promise<DisorderedEvent[]> {
  return prisma.$queryRaw<DisorderedEvent[]>`
    with placed as (
      select
        feed."tenantId", event."scriptId", feed.position, event.ordinal, event.type,
        case when event.type = 'Scripts.CommandsAppended.v1' then 1 else 0 end as kind,
        (event.payload -> 'payload' ->> 'fromSequence')::int as first,
        (event.payload -> 'payload' ->> 'toSequence')::int as last
      from scripts."EventFeed" feed
      join scripts."DomainEvent" event
        on event."tenantId" = feed."tenantId" and event.id = feed."eventId"
      where event."scriptId" is not null
        and event."runId" is null
        and event.type like 'Scripts.%'
        and (${input.tenantId}::text is null or feed."tenantId" = ${input.tenantId})
        and (${input.scriptId}::text is null or event."scriptId" = ${input.scriptId})
    ),
    followed as (
      select
        placed.*,
        lag(ordinal) over story as "ordinalBefore",
        lag(position) over story as "positionBefore",
        lag(last) over batches as "lastBefore",
        lag(position) over batches as "batchBefore"
      from placed
      window
        story as (partition by "tenantId", "scriptId" order by position),
        batches as (partition by "tenantId", "scriptId", kind order by position)
    )
    select
      "tenantId", "scriptId", position, type,
      case when ordinal < "ordinalBefore" then "positionBefore" else "batchBefore" end as "beforePosition",
      case when kind = 1 then first end as "fromSequence",
      case when kind = 1 then "lastBefore" end as "beforeSequence"
    from followed
    where ordinal < "ordinalBefore"
      or kind = 1 and first <> "lastBefore" + 1
    order by position
    limit ${input.limit}`;
}
