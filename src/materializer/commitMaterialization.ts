import { fromPrisma, type PgBoss } from "pg-boss";
import type { Prisma, PrismaClient } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { beginWrite } from "./beginWrite.sql.ts";
import { isLockTimeout } from "./isLockTimeout.ts";
import type { Materialization, MaterializationBase } from "./materialization.ts";
import type { MaterializePause } from "./pausePoint.ts";
import { MATERIALIZE_QUEUE, sendMaterializeJobs } from "./sendMaterializeJobs.ts";
import { toVersionEvents, type VersionEvent } from "./toVersionEvents.ts";
import {
  createVersions,
  moveOpenVersion,
  movePointers,
  moveStream,
  writeAuditRows,
} from "./writeMaterialization.ts";

export interface CommitDeps {
  readonly prisma: Pick<PrismaClient, "$transaction">;
  readonly boss: Pick<PgBoss, "insert" | "complete">;
  /** Writes what happened, in the transaction that wrote the versions. */
  readonly writeEvents: (tx: Prisma.TransactionClient, events: readonly VersionEvent[]) => Promise<void>;
  /** Stops at a named point, for tests of races and crashes. */
  readonly pause?: MaterializePause;
}

/** A job as it was fetched: retryCount tells this attempt from a later one of the same job. */
export interface JobAttempt {
  readonly id: string;
  readonly retryCount: number;
}

export interface CommitInput {
  readonly base: MaterializationBase;
  readonly plan: Materialization;
  readonly job: JobAttempt | undefined;
}

/** Long enough for 25 versions of 2,000 nodes on a busy disk; the default of 5 s is not. */
export const TRANSACTION = { maxWait: 30_000, timeout: 60_000 };

/** Of half a second each: see beginWrite. */
const LOCK_ATTEMPTS = 20;

/** Thrown to roll back: Prisma commits whatever a transaction's function returns. */
class SupersededError extends Error {}

/**
 * Writes a plan, completes the job and sends the next one when the log goes on, all in one transaction, unless
 * the script was materialized by somebody else since the base was read.
 *
 * A job whose claim has lapsed is left alone; what it was to do is done all the same, and only once.
 */
export async function commitMaterialization(
  deps: CommitDeps,
  key: ScriptKey,
  input: CommitInput,
): Promise<{ kind: "materialized"; more: boolean } | { kind: "superseded" }> {
  for (let attempt = 1; ; attempt++)
    try {
      const more = await deps.prisma.$transaction((tx) => writeAll(deps, tx, key, input), TRANSACTION);
      await deps.pause?.("committed", key);
      return { kind: "materialized", more };
    } catch (error) {
      if (error instanceof SupersededError) return { kind: "superseded" };
      if (!isLockTimeout(error) || attempt === LOCK_ATTEMPTS) throw error;
    }
}

/**
 * Edits of the script wait for whoever holds its stream row, so what is large and does not need that lock comes
 * before it: the document, the audit rows, the jobs. The row of the open version keeps a second materializer
 * out meanwhile. Where there is none yet, the stream row does, from the start.
 */
async function writeAll(
  deps: CommitDeps,
  tx: Prisma.TransactionClient,
  key: ScriptKey,
  { base, plan, job }: CommitInput,
): Promise<boolean> {
  const before = await beginWrite(tx, key);
  const auditRows = plan.auditRows.map((row) => ({ ...key, ...row }));
  if (base.openVersion) {
    if (!(await moveOpenVersion(tx, key, base.openVersion, plan.versions[0]!))) throw new SupersededError();
    await writeAuditRows(tx, auditRows);
  }
  if (job) await deps.boss.complete(MATERIALIZE_QUEUE, [job], null, { db: fromPrisma(tx) });
  const moreAlready = before.headSequence > plan.toSequence;
  if (moreAlready) await sendMaterializeJobs(deps.boss, tx, [key]);
  await deps.pause?.("before_lock", key);
  const stream = await moveStream(tx, key, { from: base.sequence, to: plan.toSequence });
  if (!stream) throw new SupersededError();
  await deps.pause?.("locked", key);
  await createVersions(tx, key, plan);
  if (!base.openVersion) await writeAuditRows(tx, auditRows);
  if (plan.pointersMoved) await movePointers(tx, key, plan);
  // Under the lock of the stream row, as the events of appends are: it orders what happens to a script.
  await deps.writeEvents(tx, toVersionEvents(key, plan.events));
  const more = stream.headSequence > plan.toSequence;
  if (more && !moreAlready) await sendMaterializeJobs(deps.boss, tx, [key]);
  await deps.pause?.("before_commit", key);
  return more;
}
