import { fromPrisma, type PgBoss } from "pg-boss";
import type { Prisma } from "../db/generated/client.ts";
import { continueTrace } from "../kernel/traceparent.ts";
import type { DueScript } from "../log/appendCommands.ts";

export const MATERIALIZE_QUEUE = "materialize";

/** What a job of that queue carries: the script, and what made it due, for the log of the worker. */
export type MaterializeJob = DueScript;

/** Enqueues the materialization of scripts, in the transaction that makes it due. */
export async function sendMaterializeJobs(
  boss: Pick<PgBoss, "insert">,
  tx: Pick<Prisma.TransactionClient, "$queryRawUnsafe">,
  scripts: readonly DueScript[],
): Promise<void> {
  await boss.insert(MATERIALIZE_QUEUE, scripts.map(toJob), { db: fromPrisma(tx) });
}

export function toJob({ tenantId, scriptId, correlationId, traceparent }: DueScript): {
  data: MaterializeJob;
} {
  const data = { tenantId, scriptId, ...(correlationId === undefined ? {} : { correlationId }) };
  const trace = continueTrace(traceparent);
  return { data: trace === undefined ? data : { ...data, traceparent: trace } };
}
