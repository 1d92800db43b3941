import type { Prisma } from "../../src/db/generated/client.ts";

type ReadTx = Pick<Prisma.TransactionClient, "$queryRaw">;

/** Makes this transaction the only one that works on a unit until it ends. */
export async function lockUnit(tx: ReadTx, backfill: string, unit: string): Promise<void> {
  await tx.$queryRaw`
    select from backfill."BackfillUnit" where "backfill" = ${backfill} and "unit" = ${unit} for update`;
}

/** Makes this transaction the only one that decides about a move until it ends. */
export async function lockBackfill(tx: ReadTx, backfill: string): Promise<void> {
  await tx.$queryRaw`select from backfill."Backfill" where "name" = ${backfill} for update`;
}

/** What the database takes for now: an operator's clock may be minutes off. */
export async function readClock(tx: ReadTx): Promise<Date> {
  const [row] = await tx.$queryRaw<{ now: Date }[]>`select clock_timestamp() as now`;
  return row!.now;
}

/** Lets no statement of this transaction take longer than 30 s, where its session would allow more. */
export async function limitStatements(tx: ReadTx): Promise<void> {
  await tx.$queryRaw`
    select set_config('statement_timeout', '30s', true)
    from pg_settings
    where name = 'statement_timeout' and setting::int not between 1 and 30000`;
}
