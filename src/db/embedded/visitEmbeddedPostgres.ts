import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readPasswords } from "./cluster.ts";
import { placeHome, SHARED_STATE, type Home } from "./home.ts";
import { isHeld } from "./lockHome.ts";
import { findPort } from "./postmaster.ts";
import { ownerUrlOn, startEmbeddedPostgres, type EmbeddedInput } from "./startEmbeddedPostgres.ts";

/** How long a service that is starting may take until its server accepts connections. */
const START_WAIT_MS = 30_000;

/** An embedded database that is used for the time of one command. */
export interface VisitedPostgres {
  /** A superuser's URL. */
  readonly ownerUrl: string;
  /** The server belongs to a running service and stays; else it was started for us and stop() ends it. */
  readonly isServed: boolean;
  /** Folder of the cluster. */
  readonly cluster: string;
  stop(): Promise<void>;
}

/**
 * The embedded database of a data folder: by the server of the service that runs on it, else by a server that is
 * started for the time of the visit.
 *
 * Makes no database: throws when the folder has none. Throws when the service that holds the folder does not
 * come up.
 */
export async function visitEmbeddedPostgres(
  input: Omit<EmbeddedInput, "port" | "durable">,
): Promise<VisitedPostgres> {
  const elsewhere = input.elsewhere ?? SHARED_STATE;
  const home = findHome({ ...input, elsewhere });
  if (isHeld(home.lock)) {
    const port = await untilServed(home);
    return {
      ownerUrl: ownerUrlOn(readPasswords(home), port),
      isServed: true,
      cluster: home.cluster,
      stop: async () => undefined,
    };
  }
  const server = await startEmbeddedPostgres(input);
  return {
    ownerUrl: server.ownerUrl,
    isServed: false,
    cluster: home.cluster,
    stop: () => server.stop(),
  };
}

// placeHome makes what is missing, and a command that looks must not leave a database behind.
function findHome(input: Parameters<typeof placeHome>[0]): Home {
  const home = existsSync(join(input.dataDir, "postgres")) ? placeHome(input) : undefined;
  if (home && existsSync(join(home.cluster, "PG_VERSION"))) return home;
  throw new Error(
    `There is no database in ${input.dataDir}. ` +
      "Start the service once, set DATA_DIR to its folder, or set OPERATOR_DATABASE_URL or DATABASE_URL.",
  );
}

async function untilServed(home: Home): Promise<number> {
  const deadline = performance.now() + START_WAIT_MS;
  for (;;) {
    const port = findPort(home);
    if (port !== undefined) return port;
    if (performance.now() > deadline)
      throw new Error(
        `A process holds ${home.lock}, but its database does not accept connections. See ${home.serverLog}.`,
      );
    await delay(50);
  }
}
