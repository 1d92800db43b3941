import { describeUrl, type RuntimeRole } from "../db/connectionUrl.ts";
import { visitEmbeddedPostgres } from "../db/embedded/visitEmbeddedPostgres.ts";
import { openDatabase, type Database } from "../db/openDatabase.ts";
import type { OpsStore } from "../ops/frame/store.ts";
import type { Config } from "./config.ts";

/** Enough to overlap reading with checking; an operator must not crowd out the service. */
const POOL_SIZE = 5;
/** A look through a whole table takes longer than a request may. */
const TIMEOUTS = { statementTimeoutMs: 30 * 60_000 };

type Settings = Pick<
  Config,
  "DATABASE_URL" | "API_DATABASE_URL" | "WORKER_DATABASE_URL" | "OPERATOR_DATABASE_URL" | "DATA_DIR"
>;

interface Place {
  readonly operatorUrl: string;
  readonly apiUrl: string | undefined;
  readonly workerUrl: string | undefined;
  readonly ownerUrl: string | undefined;
  readonly embedded: string | undefined;
  stop(): Promise<void>;
}

/**
 * The database for the operators' commands: that of OPERATOR_DATABASE_URL, else of DATABASE_URL, else the embedded
 * one, whose server is started for the time of the command when no service runs on it.
 */
export async function openOpsStore(
  deps: { readonly log: (message: string) => void },
  config: Settings,
): Promise<OpsStore> {
  const place = await findPlace(deps, config);
  const opened = new AsyncDisposableStack();
  opened.adopt(place, async (left) => left.stop());
  const urlFor = (role: RuntimeRole): string => chooseUrl(place, role);
  const open = async (role: RuntimeRole): Promise<Database> =>
    opened.adopt(
      await openDatabase({
        url: urlFor(role),
        role,
        poolSize: POOL_SIZE,
        applicationName: "script-ops",
        timeouts: TIMEOUTS,
      }),
      async (database) => database.close(),
    );
  try {
    const { prisma } = await open("script_operator");
    const connections = new Map<RuntimeRole, Promise<Database>>();
    return {
      prisma,
      where: describeUrl(place.operatorUrl),
      embedded: place.embedded,
      ownerUrl: place.ownerUrl,
      urlFor,
      as: async (role) => {
        const known = connections.get(role) ?? open(role);
        connections.set(role, known);
        return known;
      },
      close: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function findPlace(
  { log }: { readonly log: (message: string) => void },
  config: Settings,
): Promise<Place> {
  const url = config.OPERATOR_DATABASE_URL ?? config.DATABASE_URL;
  if (url !== undefined)
    return {
      operatorUrl: url,
      apiUrl: config.API_DATABASE_URL ?? config.DATABASE_URL,
      workerUrl: config.WORKER_DATABASE_URL ?? config.DATABASE_URL,
      ownerUrl: config.DATABASE_URL,
      embedded: undefined,
      stop: async () => undefined,
    };
  const visited = await visitEmbeddedPostgres({ dataDir: config.DATA_DIR, log });
  const { ownerUrl, cluster } = visited;
  return {
    operatorUrl: ownerUrl,
    apiUrl: ownerUrl,
    workerUrl: ownerUrl,
    ownerUrl,
    embedded: cluster,
    stop: () => visited.stop(),
  };
}

function chooseUrl(place: Place, role: RuntimeRole): string {
  const url = {
    script_operator: place.operatorUrl,
    script_api: place.apiUrl,
    script_worker: place.workerUrl,
  }[role];
  if (url !== undefined) return url;
  const name = role === "script_api" ? "API_DATABASE_URL" : "WORKER_DATABASE_URL";
  throw new Error(
    `This needs role ${role}, which OPERATOR_DATABASE_URL is not for. Set ${name} or DATABASE_URL as well.`,
  );
}
