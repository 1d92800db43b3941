import type { Logger } from "pino";
import { startHttp } from "../http/startHttp.ts";
import type { Config } from "./config.ts";
import { loadSample } from "./loadSample.ts";
import { openApi } from "./openApi.ts";
import { openStore, type Store } from "./openStore.ts";
import { openWorker, type RunningWorker } from "./openWorker.ts";
import { openWorkerPort } from "./openWorkerPort.ts";
import { startWorkerThread } from "./startWorkerThread.ts";

export interface Service {
  /** Where the API answers; undefined in a process that is only a worker. */
  readonly url: string | undefined;
  /** Whether the sample script is in the database. */
  readonly hasSample: boolean;
  /** Names of the migrations that this start applied. */
  readonly migrations: readonly string[];
  /** Takes no more requests, finishes those at hand, then the jobs at hand, then closes the database. */
  stop(): Promise<void>;
}

/**
 * Builds the service from its configuration and starts it. When a part of it cannot start, the parts before it
 * are stopped and the error is thrown.
 */
export async function startService(deps: { readonly log: Logger }, config: Config): Promise<Service> {
  const { log } = deps;
  // Closes in the opposite order of opening, which is the order of a graceful stop.
  await using opened = new AsyncDisposableStack();
  const store = opened.adopt(await openStore({ log }, config), stop);
  const worker =
    config.ROLE === "api" ? undefined : opened.adopt(await startMaterializer(deps, config, store), stop);
  const api =
    config.ROLE === "worker" ? undefined : opened.adopt(await openApi({ log, worker }, config, store), stop);
  const hasSample = api !== undefined && store.isEmbedded && config.SAMPLE && (await loadSample(api));
  const http =
    api &&
    opened.adopt(await startHttp({ app: api.app, log }, { host: config.HOST, port: config.PORT }), stop);
  if (config.ROLE === "worker" && config.WORKER_PORT !== undefined) {
    const port = opened.adopt(await openWorkerPort({ log }, config, store), stop);
    log.info({ url: port.url }, "health and figures of the worker");
  }
  const parts = opened.move();
  return {
    url: http?.url,
    hasSample,
    migrations: store.migrations,
    stop: async () => {
      api?.readiness.drain();
      await api?.endStreams();
      await parts.disposeAsync();
    },
  };
}

/** In a thread beside an API, in the main thread of a process that is nothing else. */
function startMaterializer(
  deps: { readonly log: Logger },
  config: Config,
  store: Store,
): Promise<RunningWorker> {
  return config.ROLE === "all" ? startWorkerThread(deps, config, store) : openWorker(deps, config, store);
}

async function stop(part: { stop(): Promise<void> }): Promise<void> {
  await part.stop();
}
