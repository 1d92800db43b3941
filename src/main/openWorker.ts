import type { Logger } from "pino";
import { openDatabase } from "../db/openDatabase.ts";
import { startWorker } from "../materializer/startWorker.ts";
import type { Config } from "./config.ts";
import type { Store } from "./openStore.ts";

export interface RunningWorker {
  /** Makes the worker look for jobs now. */
  readonly wake: () => void;
  stop(): Promise<void>;
}

/** The materializer's side of a process: its database client and the worker on it. */
export async function openWorker(
  deps: { readonly log: Logger },
  config: Config,
  store: Pick<Store, "workerUrl">,
): Promise<RunningWorker> {
  const database = await openDatabase({
    url: store.workerUrl,
    role: "script_worker",
    poolSize: config.WORKER_POOL_SIZE,
    applicationName: "script-worker",
  });
  try {
    const worker = await startWorker(
      { prisma: database.prisma, databaseUrl: store.workerUrl, now: () => new Date(), log: deps.log },
      {
        parallel: config.WORKER_POOL_SIZE,
        sweepIntervalMs: config.SWEEP_INTERVAL_SECONDS * 1_000,
        cacheBytes: config.WORKER_CACHE_MB * 1_000_000,
      },
    );
    return {
      wake: worker.wake,
      stop: async () => {
        await worker.stop();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
