import type { Logger } from "pino";
import { openDatabase } from "../db/openDatabase.ts";
import { createWatchApp } from "../http/createWatchApp.ts";
import { startHttp, type RunningHttp } from "../http/startHttp.ts";
import type { Config } from "./config.ts";
import { createWatch } from "./createWatch.ts";
import type { Store } from "./openStore.ts";

/**
 * A port for those who watch over a process that is only a worker. On a connection of its own: a worker that has
 * none left should say so, and not fall silent.
 */
export async function openWorkerPort(
  { log }: { readonly log: Logger },
  config: Config,
  store: Pick<Store, "workerUrl">,
): Promise<RunningHttp> {
  const database = await openDatabase({
    url: store.workerUrl,
    role: "script_worker",
    poolSize: 1,
    applicationName: "script-worker-port",
  });
  try {
    const app = createWatchApp({ log, ...createWatch({ database, now: () => new Date() }, config) });
    const http = await startHttp({ app, log }, { host: config.HOST, port: config.WORKER_PORT! });
    return {
      url: http.url,
      stop: async () => {
        await http.stop();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
