import type { Logger } from "pino";
import { assertSchema } from "../db/assertSchema.ts";
import { startEmbeddedPostgres } from "../db/embedded/startEmbeddedPostgres.ts";
import { installJobs } from "../db/jobs.ts";
import { migrate } from "../db/migrate.ts";
import type { Config } from "./config.ts";

interface Server {
  /** Connection of the owner, who migrates. */
  readonly ownerUrl: string;
  /** Connection for the runtime role script_api. */
  readonly apiUrl: string;
  /** Connection for the runtime role script_worker. */
  readonly workerUrl: string;
  readonly isEmbedded: boolean;
  stop(): Promise<void>;
}

export interface Store extends Server {
  /** Names of the migrations that this start applied. */
  readonly migrations: readonly string[];
}

/**
 * The database, migrated and with the schema that this version of the code needs: the one that DATABASE_URL
 * names, else an embedded one in DATA_DIR.
 */
export async function openStore(deps: { readonly log: Logger }, config: Config): Promise<Store> {
  const server = config.DATABASE_URL === undefined ? await openEmbedded(deps, config) : named(config);
  try {
    const migrations = config.MIGRATE ? await prepare(deps, server.ownerUrl) : [];
    await assertSchema({ url: config.ROLE === "worker" ? server.workerUrl : server.apiUrl });
    return { ...server, migrations };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function openEmbedded({ log }: { readonly log: Logger }, config: Config): Promise<Server> {
  const port = config.EMBEDDED_DATABASE_PORT;
  const started = await startEmbeddedPostgres({
    dataDir: config.DATA_DIR,
    log: (message) => log.info(message),
    ...(port === 0 ? {} : { port }),
  });
  return { ...started, isEmbedded: true };
}

function named(config: Config): Server {
  const ownerUrl = config.DATABASE_URL!;
  return {
    ownerUrl,
    apiUrl: config.API_DATABASE_URL ?? ownerUrl,
    workerUrl: config.WORKER_DATABASE_URL ?? ownerUrl,
    isEmbedded: false,
    stop: async () => undefined,
  };
}

async function prepare({ log }: { readonly log: Logger }, url: string): Promise<readonly string[]> {
  const { applied } = await migrate({ url, log: (message) => log.info(message) });
  await installJobs({ url });
  return applied;
}
