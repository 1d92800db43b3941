import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import type { Store } from "./openStore.ts";
import type { RunningWorker } from "./openWorker.ts";

export interface WorkerThreadData {
  readonly config: Config;
  readonly workerUrl: string;
}

export type WorkerThreadMessage = "wake" | "wake_commands" | "wake_stamper" | "stop";

/**
 * Runs the worker in a thread of its own, for a process that is an API as well: a replay and the hash of a
 * large graph take tens of milliseconds at a stretch, and no request should wait for them.
 *
 * A thread that dies takes the process with it: what it was doing is in the queue, and a process without its
 * worker would look healthy while nothing is materialized.
 */
export async function startWorkerThread(
  deps: { readonly log: Logger },
  config: Config,
  store: Pick<Store, "workerUrl">,
): Promise<RunningWorker> {
  const data: WorkerThreadData = { config, workerUrl: store.workerUrl };
  const thread = new Worker(new URL("workerThread.ts", import.meta.url), { workerData: data });
  // Rejects with the thread's error when it cannot start.
  await once(thread, "message");
  let stopping = false;
  thread.on("error", (error) => deps.log.fatal({ err: error }, "the worker thread failed"));
  thread.on("exit", (code) => {
    if (stopping && code === 0) return;
    deps.log.fatal({ code }, "the worker thread died; the process ends");
    process.exit(1);
  });
  const say = (message: WorkerThreadMessage): void => thread.postMessage(message);
  return {
    wake: () => say("wake"),
    wakeCommands: () => say("wake_commands"),
    wakeStamper: () => say("wake_stamper"),
    stop: async () => {
      stopping = true;
      const ended = once(thread, "exit");
      say("stop");
      await ended;
    },
  };
}
