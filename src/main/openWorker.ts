import type { Logger } from "pino";
import { startKeyExpiry } from "../db/startKeyExpiry.ts";
import { openDatabase } from "../db/openDatabase.ts";
import { writeEvents } from "../events/domainEvent.ts";
import { startWorker } from "../materializer/startWorker.ts";
import type { Config } from "./config.ts";
import { openBackfill } from "./openBackfill.ts";
import { openOutbox } from "./openOutbox.ts";
import { openStamper } from "./openStamper.ts";
import type { Store } from "./openStore.ts";
import { startWorkerBeat } from "./startWorkerBeat.ts";

export interface RunningWorker {
  /** Makes the worker look for jobs now. */
  readonly wake: () => void;
  /** Makes it look for generic commands now. */
  readonly wakeCommands: () => void;
  /** Makes it look for events without a place in the feed now. */
  readonly wakeStamper: () => void;
  stop(): Promise<void>;
}

/** The worker's side of a process: its database client, the materializer and the worker of generic commands. */
export async function openWorker(
  deps: { readonly log: Logger },
  config: Config,
  store: Pick<Store, "workerUrl">,
): Promise<RunningWorker> {
  const { log } = deps;
  await using opened = new AsyncDisposableStack();
  const { prisma } = opened.adopt(await openDatabaseOfWorker(config, store), (one) => one.close());
  const materializer = opened.adopt(
    await startWorker(
      { prisma, databaseUrl: store.workerUrl, writeEvents, now: () => new Date(), log },
      {
        parallel: config.WORKER_POOL_SIZE,
        sweepIntervalMs: config.SWEEP_INTERVAL_SECONDS * 1_000,
        cacheBytes: config.WORKER_CACHE_MB * 1_000_000,
      },
    ),
    (one) => one.stop(),
  );
  const stamper = opened.adopt(await openStamper({ log }, config, store), (one) => one.stop());
  const outbox = opened.adopt(
    await openOutbox(
      { prisma, wake: materializer.wake, wakeStamper: () => stamper.wake(), log },
      config,
      store,
    ),
    (one) => one.stop(),
  );
  const keyExpiry = { prisma, databaseUrl: store.workerUrl, now: () => new Date(), log };
  opened.adopt(await startKeyExpiry(keyExpiry), (one) => one.stop());
  const beat = { prisma, worker: materializer, now: () => new Date(), log };
  opened.adopt(await startWorkerBeat(beat, config), (one) => one.stop());
  opened.adopt(await openBackfill({ prisma, log }, store), (one) => one.stop());
  const open = opened.move();
  return {
    wake: materializer.wake,
    wakeCommands: outbox.wake,
    wakeStamper: () => stamper.wake(),
    stop: () => open.disposeAsync(),
  };
}

function openDatabaseOfWorker(config: Config, store: Pick<Store, "workerUrl">) {
  return openDatabase({
    url: store.workerUrl,
    role: "script_worker",
    poolSize: config.WORKER_POOL_SIZE,
    applicationName: "script-worker",
    keepsPlans: true,
  });
}
