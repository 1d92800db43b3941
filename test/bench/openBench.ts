import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { startEmbeddedPostgres } from "../../src/db/embedded/startEmbeddedPostgres.ts";
import { createScratchDatabase } from "../demo/scratchDatabase.ts";
import { startProcess, type StartedProcess } from "../support/startProcess.ts";
import { FLOOR_TABLE } from "./floorConnection.ts";
import { startLoadProcess, type LoadProcess } from "./startLoadProcess.ts";

/** Everything that is measured and what measures it: three processes beside this one. */
export interface Bench {
  readonly service: StartedProcess;
  readonly load: LoadProcess;
  /** Of a user who may do anything in the database. */
  readonly ownerUrl: string;
  restartService(): Promise<void>;
  close(): Promise<void>;
}

interface Store {
  readonly ownerUrl: string;
  readonly settings: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** The service with role "all" on a PostgreSQL that flushes every commit to disk, and a load generator. */
export async function openBench(): Promise<Bench> {
  await using opened = new AsyncDisposableStack();
  const url = process.env["TEST_DATABASE_URL"] ?? process.env["DATABASE_URL"];
  const store = opened.adopt(await (url ? openScratch(url) : openEmbedded()), (one) => one.close());
  const start = (): Promise<StartedProcess> =>
    startProcess({
      MODE: "development",
      SAMPLE: "false",
      RATE_LIMIT_PER_MINUTE: "0",
      // The streams of the bench are all of one token.
      STREAMS_PER_TENANT: "5000",
      STREAMS_PER_TOKEN: "5000",
      ...store.settings,
    });
  let service = await start();
  opened.defer(async () => void (await service.stop()));
  await prepareFloor(store.ownerUrl);
  const load = opened.adopt(startLoadProcess(), (one) => one.stop());
  const parts = opened.move();
  return {
    get service() {
      return service;
    },
    load,
    ownerUrl: store.ownerUrl,
    restartService: async () => {
      await service.stop();
      service = await start();
    },
    close: () => parts.disposeAsync(),
  };
}

async function openEmbedded(): Promise<Store> {
  const dataDir = mkdtempSync(join(tmpdir(), "script-bench-"));
  // As root the server runs as another user, who has to get in.
  chmodSync(dataDir, 0o711);
  const server = await startEmbeddedPostgres({ dataDir, durable: true, log: () => undefined });
  return {
    ownerUrl: server.ownerUrl,
    settings: {
      DATABASE_URL: server.ownerUrl,
      API_DATABASE_URL: server.apiUrl,
      WORKER_DATABASE_URL: server.workerUrl,
    },
    close: async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function openScratch(serverUrl: string): Promise<Store> {
  const scratch = await createScratchDatabase(serverUrl, "script_bench");
  return { ownerUrl: scratch.url, settings: { DATABASE_URL: scratch.url }, close: () => scratch.drop() };
}

async function prepareFloor(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(FLOOR_TABLE);
  await client.end();
}
