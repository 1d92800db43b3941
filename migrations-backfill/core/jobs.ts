import { fromPrisma, type PgBoss } from "pg-boss";
import type { Prisma } from "../../src/db/generated/client.ts";

export const BACKFILL_QUEUE = "backfill";

/** A job as it was fetched from the queue. */
export interface BackfillJob {
  readonly id: string;
  readonly retryCount: number;
  readonly data: BackfillJobData;
}

export interface BackfillJobData {
  readonly backfill: string;
  /** Rows of the batch, when those before it had to be smaller than the unit's are. */
  readonly size?: number;
}

/** Lets a worker of the queue take up the next batch of a move. */
export async function sendJob(
  boss: Pick<PgBoss, "insert">,
  tx: Prisma.TransactionClient,
  data: BackfillJobData,
  { startAfter }: { readonly startAfter?: Date } = {},
): Promise<void> {
  const job = { data, ...(startAfter ? { startAfter } : {}) };
  await boss.insert(BACKFILL_QUEUE, [job], { db: fromPrisma(tx) });
}

export async function completeJob(
  boss: Pick<PgBoss, "complete">,
  tx: Prisma.TransactionClient,
  job: BackfillJob,
): Promise<void> {
  await boss.complete(BACKFILL_QUEUE, [job], null, { db: fromPrisma(tx) });
}
