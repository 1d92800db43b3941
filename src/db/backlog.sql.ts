import type { PrismaClient } from "./generated/client.ts";

/** What waits to be done, over all tenants. Counts stop at MOST, so that each read has a bound. */
export interface Backlog {
  readonly materialize_lag_scripts: number;
  readonly materialize_lag_commands: number;
  readonly materialize_lag_seconds: number;
  readonly feed_head: number;
  readonly feed_unstamped_events: number;
  readonly feed_unstamped_seconds: number;
  readonly outbox_pending: number;
  readonly outbox_processing: number;
  readonly outbox_oldest_seconds: number;
  readonly dead_materializations: number;
  readonly dead_commands: number;
}

const MOST = 10_000;

type Db = Pick<PrismaClient, "$queryRaw">;

/** Looks at all of it by small indexes that hold only what is not done. In the role script_worker. */
export async function readBacklog(prisma: Db): Promise<Backlog> {
  const [materialize, feed, outbox, dead] = [
    await readMaterializeLag(prisma),
    await readFeed(prisma),
    await readOutbox(prisma),
    await readDeadLetters(prisma),
  ];
  return { ...materialize, ...feed, ...outbox, ...dead };
}

// By the jobs and not by comparing the heads of all streams: a job waits for every script that is behind (but
// for a moment when it is being worked on), and its age is that of the first edit since the last time.
async function readMaterializeLag(prisma: Db) {
  const [row] = await prisma.$queryRaw<
    Pick<Backlog, "materialize_lag_scripts" | "materialize_lag_commands" | "materialize_lag_seconds">[]
  >`
    select
      count(*)::int as materialize_lag_scripts,
      coalesce(sum(stream."headSequence" - stream."materializedSequence"), 0)::float8 as materialize_lag_commands,
      coalesce(greatest(extract(epoch from now() - min(due.created_on)), 0), 0)::float8 as materialize_lag_seconds
    from (
      select job.data, job.created_on
      from pgboss.job
      where job.name = 'materialize'
        and job.state < 'active'
        and not job.blocked
      order by job.priority desc, job.created_on
      limit ${MOST}
    ) due
    join scripts."ScriptStream" stream
      on stream."tenantId" = due.data ->> 'tenantId'
      and stream."scriptId" = due.data ->> 'scriptId'
    where stream."materializedSequence" < stream."headSequence"`;
  return row!;
}

async function readFeed(prisma: Db) {
  const [row] = await prisma.$queryRaw<
    Pick<Backlog, "feed_head" | "feed_unstamped_events" | "feed_unstamped_seconds">[]
  >`
    select
      coalesce((select head."position" from scripts."EventFeedHead" head where head."id" = 1), 0)::float8 as feed_head,
      count(*)::int as feed_unstamped_events,
      coalesce(greatest(extract(epoch from now() - min(waiting."occurredAt")), 0), 0)::float8 as feed_unstamped_seconds
    from (
      select event."occurredAt"
      from scripts."DomainEvent" event
      where not event."isStamped"
      order by event."ordinal"
      limit ${MOST}
    ) waiting`;
  return row!;
}

async function readOutbox(prisma: Db) {
  const [row] = await prisma.$queryRaw<
    Pick<Backlog, "outbox_pending" | "outbox_processing" | "outbox_oldest_seconds">[]
  >`
    select
      count(*) filter (where open."status" = 'PENDING')::int as outbox_pending,
      count(*) filter (where open."status" = 'PROCESSING')::int as outbox_processing,
      coalesce(greatest(extract(epoch from now() - min(open."createdAt")), 0), 0)::float8 as outbox_oldest_seconds
    from (
      select command."status", command."createdAt"
      from scripts."CommandOutbox" command
      where command."status" in ('PENDING', 'PROCESSING')
      limit ${MOST}
    ) open`;
  return row!;
}

async function readDeadLetters(prisma: Db) {
  const [row] = await prisma.$queryRaw<Pick<Backlog, "dead_materializations" | "dead_commands">[]>`
    select
      count(*) filter (where dead.name = 'materialize.failed')::int as dead_materializations,
      count(*) filter (where dead.name = 'commands.failed')::int as dead_commands
    from (
      select job.name
      from pgboss.job
      where job.name in ('materialize.failed', 'commands.failed')
        and job.state < 'active'
        and not job.blocked
      limit ${MOST}
    ) dead`;
  return row!;
}
