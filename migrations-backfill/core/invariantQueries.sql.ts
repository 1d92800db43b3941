import { Prisma } from "../../src/db/generated/client.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import type { Invariant, ReadTx } from "./definition.ts";

/** An invariant's question from a query that returns the rows that break it. */
export function violations(query: Prisma.Sql): Invariant["findViolations"] {
  return async (tx: ReadTx, limit: number) => {
    const [counted] = await tx.$queryRaw<{ count: number }[]>`
      select count(*)::int as count from (${query}) as violation`;
    const examples = await tx.$queryRaw<Json[]>`select * from (${query}) as violation limit ${limit}`;
    return { count: counted!.count, examples };
  };
}

/** Whether a legacy row is neither on the id map nor in quarantine: a condition for a query. */
export function isNowhere(backfill: string, legacyTable: string, id: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`not exists (
      select from backfill."BackfillIdMap"
      where "backfill" = ${backfill} and "legacyTable" = ${legacyTable} and "legacyId" = ${id} and "takenBackAt" is null)
    and not exists (
      select from backfill."BackfillQuarantine"
      where "backfill" = ${backfill} and "legacyTable" = ${legacyTable} and "legacyId" = ${id} and "status" <> 'RESOLVED')`;
}
