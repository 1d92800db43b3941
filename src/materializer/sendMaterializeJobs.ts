import { fromPrisma, type PgBoss } from "pg-boss";
import type { Prisma } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";

export const MATERIALIZE_QUEUE = "materialize";

/** What a job of that queue carries. */
export type MaterializeJob = ScriptKey;

/** Enqueues the materialization of scripts, in the transaction that makes it due. */
export async function sendMaterializeJobs(
  boss: Pick<PgBoss, "insert">,
  tx: Pick<Prisma.TransactionClient, "$queryRawUnsafe">,
  scripts: readonly ScriptKey[],
): Promise<void> {
  await boss.insert(MATERIALIZE_QUEUE, scripts.map(toJob), { db: fromPrisma(tx) });
}

export function toJob({ tenantId, scriptId }: ScriptKey): { data: MaterializeJob } {
  return { data: { tenantId, scriptId } };
}
