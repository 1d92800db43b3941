import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import type { DueScript } from "../log/appendCommands.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { newId } from "../kernel/newId.ts";
import { ReplayError } from "../scripts/replayError.ts";
import type { BaseCache } from "./baseCache.ts";
import { commitMaterialization, type CommitDeps, type JobAttempt } from "./commitMaterialization.ts";
import { loadBase, type LoadedBase } from "./loadBase.ts";
import { planUpToFailure } from "./planUpToFailure.ts";
import { readTail, type TailLimits } from "./readTail.ts";
import { recordFailure, type MaterializeFailure } from "./recordFailure.ts";

export interface MaterializeDeps extends CommitDeps {
  /** Connected in the role script_worker. */
  readonly prisma: PrismaClient;
  readonly now: () => Date;
  readonly log: Pick<Logger, "info" | "error">;
  /** Spares reading a script's snapshot back when this process wrote it. */
  readonly bases?: BaseCache;
  /** How much is taken at once; 5,000 commands when left out. */
  readonly limits?: TailLimits;
}

export type MaterializeOutcome =
  | {
      readonly kind: "materialized";
      readonly toSequence: number;
      /** Commands applied, counted from the snapshot. */
      readonly replayed: number;
      /** Sequence of the snapshot that the replay started from; 0 is the beginning. */
      readonly snapshotSequence: number;
      /** Whether the log goes on: then the next job is in the queue. */
      readonly more: boolean;
    }
  /** Nothing to do. */
  | { readonly kind: "up_to_date" }
  /** Another worker materialized the script meanwhile. */
  | { readonly kind: "superseded" }
  | { readonly kind: "failed"; readonly failure: MaterializeFailure }
  | { readonly kind: "script_not_found" };

/**
 * Writes the versions and audit rows that a script's log has and its tables lack, exactly once.
 *
 * Replays outside any lock, then writes in one transaction, which also completes the job and sends the next one
 * when the log goes on. A long tail is taken piece by piece. Throws when the database fails; nothing is written
 * then.
 */
export async function materialize(
  deps: MaterializeDeps,
  input: DueScript & { readonly job?: JobAttempt },
): Promise<MaterializeOutcome> {
  const key = { tenantId: input.tenantId, scriptId: input.scriptId };
  const stream = await deps.prisma.scriptStream.findUnique({
    where: { tenantId_scriptId: key },
    select: { headSequence: true, materializedSequence: true },
  });
  if (!stream) return { kind: "script_not_found" };
  await deps.pause?.("stream_read", key);
  // The next append finds the script fully materialized and sends a job of its own.
  if (stream.headSequence === stream.materializedSequence) return { kind: "up_to_date" };
  try {
    const outcome = await replayAndCommit(deps, key, stream, input);
    // What this process remembered may be of another time, as after a restored backup: read it anew.
    if (outcome.kind === "superseded" && deps.bases?.delete(key)) return await materialize(deps, input);
    return outcome;
  } catch (error) {
    if (error instanceof ReplayError) return fail(deps, key, stream.materializedSequence, error);
    throw error;
  }
}

async function replayAndCommit(
  deps: MaterializeDeps,
  key: ScriptKey,
  stream: { readonly headSequence: number; readonly materializedSequence: number },
  { job, correlationId, traceparent }: DueScript & { readonly job?: JobAttempt },
): Promise<MaterializeOutcome> {
  const started = performance.now();
  const base = await findBase(deps, key, stream.materializedSequence);
  const { headSequence } = stream;
  const tail = await readTail(deps, { ...key, after: base.sequence, headSequence }, deps.limits);
  const plan = planUpToFailure(base, tail, newId);
  await deps.pause?.("replayed", key);
  const committed = await commitMaterialization(deps, key, { base, plan, job });
  if (committed.kind === "superseded") return committed;
  deps.bases?.set(key, plan.next);
  const { snapshotSequence } = base;
  const { toSequence } = plan;
  const outcome = { ...committed, toSequence, replayed: toSequence - snapshotSequence, snapshotSequence };
  const ms = Math.round(performance.now() - started);
  deps.log.info({ ...key, correlationId, traceparent, ...outcome, ms }, "script materialized");
  return outcome;
}

async function findBase(deps: MaterializeDeps, key: ScriptKey, sequence: number): Promise<LoadedBase> {
  const known = deps.bases?.get(key, sequence);
  return known
    ? { ...known, snapshotSequence: sequence }
    : loadBase(deps, { ...key, materializedSequence: sequence });
}

async function fail(
  deps: MaterializeDeps,
  key: ScriptKey,
  materializedSequence: number,
  error: ReplayError,
): Promise<MaterializeOutcome> {
  const { sequence, code, message } = error;
  const failure = await recordFailure(deps, { ...key, materializedSequence, sequence, code, message });
  deps.log.error({ ...key, failure }, "script cannot be materialized");
  return { kind: "failed", failure };
}
