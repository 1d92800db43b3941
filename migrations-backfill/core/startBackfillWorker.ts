import type { PgBoss } from "pg-boss";
import type { BackfillDefinition } from "./definition.ts";
import { restNeeded } from "./restNeeded.ts";
import type { BatchDeps } from "./batch.ts";
import { BACKFILL_QUEUE, type BackfillJob, type BackfillJobData } from "./jobs.ts";
import { runBatch } from "./runBatch.ts";

export interface BackfillWorkerDeps extends Omit<BatchDeps, "boss"> {
  readonly boss: Pick<PgBoss, "insert" | "complete" | "work" | "offWork" | "notifyWorker">;
}

const WORK = { includeMetadata: true, batchSize: 1, pollingIntervalSeconds: 2 } as const;

/** A job that finds the database busy is sent again this much later, in seconds. */
const REST_SECONDS = 2;

/**
 * Takes batches from the queue until it is stopped: each job moves one batch and sends the next one in the same
 * transaction. Workers of any number of processes may do so.
 */
export async function startBackfillWorker(
  deps: BackfillWorkerDeps,
  definitions: readonly BackfillDefinition[],
): Promise<{ stop(): Promise<void> }> {
  const workerId = await deps.boss.work<BackfillJobData, void, typeof WORK>(
    BACKFILL_QUEUE,
    WORK,
    async ([job]) => {
      const definition = definitions.find(({ name }) => name === job?.data.backfill);
      if (!job || !definition) return;
      // The next job is there already. Left to its polling, the worker would move a batch every two seconds.
      if (await runOne(deps, definition, job)) deps.boss.notifyWorker(workerId);
    },
  );
  return { stop: () => deps.boss.offWork(BACKFILL_QUEUE, { wait: true }) };
}

/** Whether there is more to do right now. */
async function runOne(
  deps: BackfillWorkerDeps,
  definition: BackfillDefinition,
  job: BackfillJob,
): Promise<boolean> {
  const because = await restNeeded(deps, definition);
  const outcome =
    because === undefined
      ? await runBatch(deps, definition, { job })
      : ({ kind: "resting", because } as const);
  if (outcome.kind !== "resting") return outcome.kind === "moved";
  deps.log.info({ because: outcome.because }, "the move rests");
  // Sent before this one is completed: a crash between the two leaves one too many, which does no harm.
  await deps.boss.insert(BACKFILL_QUEUE, [{ data: job.data, startAfter: REST_SECONDS }]);
  return false;
}
