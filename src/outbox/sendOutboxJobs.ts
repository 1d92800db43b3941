import { fromPrisma, type PgBoss } from "pg-boss";
import type { Prisma } from "../db/generated/client.ts";
import type { OutboxKey } from "./outboxRow.ts";

export const OUTBOX_QUEUE = "commands";
/** Where the keys of commands lie that failed for good. */
export const OUTBOX_FAILED_QUEUE = "commands.failed";

/** What a job of both queues carries. The row says the rest; where it comes from is for whoever reads the queue. */
export interface OutboxJob extends OutboxKey {
  readonly correlationId?: string;
  readonly traceparent?: string | null;
}

/** Sends the jobs of outbox rows in the transaction that makes them due; startAfter: not before that. */
export type SendOutboxJobs = (
  tx: Pick<Prisma.TransactionClient, "$queryRawUnsafe">,
  rows: readonly OutboxJob[],
  startAfter?: Date,
) => Promise<void>;

export function createSendOutboxJobs(boss: Pick<PgBoss, "insert">): SendOutboxJobs {
  return async (tx, rows, startAfter) => {
    await boss.insert(
      OUTBOX_QUEUE,
      rows.map((row) => toJob(row, startAfter)),
      { db: fromPrisma(tx) },
    );
  };
}

export function toJob(
  { tenantId, id, correlationId, traceparent }: OutboxJob,
  startAfter?: Date,
): { data: OutboxJob; startAfter?: Date } {
  const data = {
    tenantId,
    id,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(typeof traceparent === "string" ? { traceparent } : {}),
  };
  return { data, ...(startAfter === undefined ? {} : { startAfter }) };
}
