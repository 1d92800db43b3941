import { Client } from "pg";
import type { RuntimeRole } from "../connectionUrl.ts";
import { findBinaries, type Binaries } from "./binaries.ts";
import { ensureCluster, OWNER, readPasswords, type Passwords } from "./cluster.ts";
import { placeBinaries, placeHome, SHARED_STATE, type Home } from "./home.ts";
import { lockHome } from "./lockHome.ts";
import { startOnPort } from "./startOnPort.ts";
import { startPostmaster, stopOrphan, stopPostmaster, type Postmaster } from "./postmaster.ts";

const DATABASE = "scripts";

export interface EmbeddedInput {
  /** Folder that the database lives in from start to start; made when it is missing. */
  readonly dataDir: string;
  /** Port on 127.0.0.1; a free one when left out. */
  readonly port?: number;
  readonly log: (message: string) => void;
  /** False: a crash of the machine may lose the database. For tests, where it is three times quicker. */
  readonly durable?: boolean;
  /** Where to keep what PostgreSQL's own user cannot reach in dataDir, when we run as root. */
  readonly elsewhere?: string;
}

export interface EmbeddedPostgres {
  /** A superuser's URL, for migrations. */
  readonly ownerUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  /** The cluster was made by this call. */
  readonly freshlyCreated: boolean;
  /** Ends the server: open sessions are cut off, data is flushed. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL from npm, on 127.0.0.1 and with passwords of its own.
 *
 * It ends with this process, however that ends. Throws a message with the way out when another service uses
 * the folder, the port is taken, or the folder was made by another major version.
 */
export async function startEmbeddedPostgres(input: EmbeddedInput): Promise<EmbeddedPostgres> {
  const elsewhere = input.elsewhere ?? SHARED_STATE;
  const home = placeHome({ ...input, elsewhere });
  const release = lockHome(home.lock);
  try {
    const binaries = placeBinaries(findBinaries(), { ...home, elsewhere, log: input.log });
    await stopOrphan(binaries, home, input.log);
    const freshlyCreated = await ensureCluster(binaries, home, input.durable ?? true);
    const server = await startServer(binaries, home, input);
    return {
      ...server.urls,
      freshlyCreated,
      stop: async () => {
        await stopPostmaster(binaries, home, server.postmaster);
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

async function startServer(binaries: Binaries, home: Home, input: EmbeddedInput): Promise<Server> {
  const durable = input.durable ?? true;
  const { postmaster, port } = await startOnPort(input.port, (port) =>
    startPostmaster(binaries, home, { port, durable }),
  );
  const passwords = readPasswords(home);
  try {
    await ensureDatabase(urlFor(OWNER, passwords.owner, port, "postgres"), passwords);
  } catch (error) {
    await stopPostmaster(binaries, home, postmaster);
    throw error;
  }
  postmaster.onUnexpectedEnd((how) =>
    input.log(`The database server ended by itself: ${how}. See ${home.serverLog}.`),
  );
  const urls = {
    ownerUrl: ownerUrlOn(passwords, port),
    apiUrl: urlFor("script_api", passwords.api, port, DATABASE),
    workerUrl: urlFor("script_worker", passwords.worker, port, DATABASE),
  };
  return { postmaster, urls };
}

interface Server {
  readonly postmaster: Postmaster;
  readonly urls: Pick<EmbeddedPostgres, "ownerUrl" | "apiUrl" | "workerUrl">;
}

/** Made at every start if missing: an earlier first start may have been cut short. */
async function ensureDatabase(url: string, passwords: Passwords): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    // The migration finds the roles and leaves them as they are.
    await ensureRole(client, "script_api", passwords.api);
    await ensureRole(client, "script_worker", passwords.worker);
    const { rowCount } = await client.query("select from pg_database where datname = $1", [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: Client, role: RuntimeRole, password: string): Promise<void> {
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [role]);
  if (rowCount === 0)
    await client.query(`create role ${role} login password ${client.escapeLiteral(password)}`);
}

/** URL of the cluster's owner for the service's database on a port. */
export function ownerUrlOn({ owner }: Passwords, port: number): string {
  return urlFor(OWNER, owner, port, DATABASE);
}

function urlFor(user: string, password: string, port: number, database: string): string {
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
}
