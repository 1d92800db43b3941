import type { Logger } from "pino";
import { JobLoops } from "../db/jobLoops.ts";
import { openJobs } from "../db/openJobs.ts";
import { startListener } from "../db/startListener.ts";
import { BaseCache } from "./baseCache.ts";
import { createGate } from "../kernel/gate.ts";
import type { MaterializeDeps } from "./materialize.ts";
import { WAKE_CHANNEL } from "./notifyWorkers.sql.ts";
import { createRunBatch, type BatchDeps } from "./runBatch.ts";
import { MATERIALIZE_QUEUE, type MaterializeJob } from "./sendMaterializeJobs.ts";
import { startSweeper } from "./startSweeper.ts";

export interface WorkerDeps extends Omit<MaterializeDeps, "boss" | "bases"> {
  /** For pg-boss's own connections; in the role script_worker, as prisma. */
  readonly databaseUrl: string;
  readonly log: Logger;
}

export interface WorkerOptions {
  /** Scripts materialized at once; not more than prisma has connections. */
  readonly parallel: number;
  readonly sweepIntervalMs: number;
  /** Memory for the states of scripts materialized lately, in bytes of JSON text. */
  readonly cacheBytes: number;
}

export interface Worker {
  /** Makes the worker look for jobs now. To be called after the commit that sent them. */
  readonly wake: () => void;
  /** How many scripts this worker has materialized since its start. */
  readonly materialized: () => number;
  /** Finishes the jobs at hand and closes what startWorker opened; prisma stays open. */
  stop(): Promise<void>;
}

/** While some are held up by a long replay or by scripts that rest, another takes the short ones. */
const LOOPS = 4;
const BATCH_SIZE = 40;

/**
 * Starts materializing: takes jobs from the queue until it is stopped.
 *
 * Workers of any number of processes share one queue. Throws when pg-boss cannot start: the database cannot be
 * reached, or its queue tables are missing or of another version.
 */
export async function startWorker(deps: WorkerDeps, options: WorkerOptions): Promise<Worker> {
  const boss = await openJobs({
    url: deps.databaseUrl,
    role: "script_worker",
    applicationName: "script-worker-queue",
    poolSize: LOOPS + 2,
    supervises: true,
    log: deps.log,
  });
  const loops = new JobLoops(boss, MATERIALIZE_QUEUE);
  const { wake } = loops;
  let materialized = 0;
  const batchDeps: BatchDeps = {
    ...deps,
    onMaterialized: (count) => {
      materialized += count;
    },
    boss,
    wake,
    bases: new BaseCache(options.cacheBytes),
    gate: createGate(options.parallel),
  };
  // First, while the jobs that others left behind still wait: later they look as if they had a worker.
  const sweeper = await startSweeper(batchDeps, options.sweepIntervalMs);
  await loops.start<MaterializeJob>({ loops: LOOPS, batchSize: BATCH_SIZE }, createRunBatch(batchDeps));
  const listener = startListener(
    { databaseUrl: deps.databaseUrl, role: "script_worker", log: deps.log },
    { channel: WAKE_CHANNEL, onNotify: wake, onConnect: wake },
  );
  return {
    wake,
    materialized: () => materialized,
    stop: async () => {
      await Promise.all([sweeper.stop(), listener.stop()]);
      await loops.stop();
      await boss.stop({ graceful: false });
    },
  };
}
