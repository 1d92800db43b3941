import type { Prisma } from "../../src/db/generated/client.ts";

type ReadTx = Pick<Prisma.TransactionClient, "$queryRaw">;

/** How busy the database is with what is not the move. */
export interface Health {
  /** Scripts that the materializer has not caught up with, counted up to a limit. */
  readonly scriptsBehind: number;
  /** Sessions that wait for a lock. */
  readonly lockWaits: number;
  /** Of the connections that the server has, the share that is taken, from 0 to 1. */
  readonly connectionsUsed: number;
}

/** Less than a millisecond: it reads no table but the few entries of the index of scripts that are behind. */
export async function readHealth(tx: ReadTx, limit: number): Promise<Health> {
  const [row] = await tx.$queryRaw<Health[]>`
    select
      (select count(*)::int
        from (
          select from scripts."ScriptStream" where "materializedSequence" < "headSequence" limit ${limit}
        ) as behind) as "scriptsBehind",
      (select count(distinct pid)::int from pg_locks where not granted) as "lockWaits",
      (select count(*)::float8 from pg_stat_activity) / current_setting('max_connections')::float8 as "connectionsUsed"`;
  return row!;
}

/**
 * Scripts of the move whose versions are not written yet, counted up to a limit. Those that the materializer has
 * given up on for now do not count: the move would wait for a person.
 */
export async function countMovedBehind(tx: ReadTx, backfill: string, limit: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ behind: number }[]>`
    select count(*)::int as behind
    from (
      select
      from scripts."ScriptStream" as stream
      join backfill."BackfillIdMap" as moved
        on moved."backfill" = ${backfill} and moved."kind" = 'script'
          and moved."tenantId" = stream."tenantId" and moved."newId" = stream."scriptId"
      where stream."materializedSequence" < stream."headSequence" and stream."materializeFailure" is null
      limit ${limit}
    ) as behind`;
  return row!.behind;
}
