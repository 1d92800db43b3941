import { pino, type Logger } from "pino";
import type { PrismaClient } from "../../src/db/generated/client.ts";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { startHttp } from "../../src/http/startHttp.ts";
import { readConfig } from "../../src/main/config.ts";
import { openApi } from "../../src/main/openApi.ts";
import type { GuidanceOptions } from "../../src/main/openGuidance.ts";
import { openWorker, type RunningWorker } from "../../src/main/openWorker.ts";
import { createHttpClient, type HttpClient } from "./httpClient.ts";
import { createTestDatabase, type TestDatabase } from "./testDatabase.ts";

export interface TestApp {
  readonly url: string;
  readonly database: TestDatabase;
  /** For tests to look at what is there, in all tenants. */
  readonly prisma: PrismaClient;
  /** Sends requests as tenant t1 and user u1, unless told otherwise. */
  readonly client: HttpClient;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  /** Answers not ready from now on, as a stopping service does. */
  drain(): void;
  stop(): Promise<void>;
}

/**
 * The API on a real port and a database of its own, built as the service builds it; with its worker, unless
 * told otherwise.
 */
export async function startApp(
  options: {
    readonly worker?: boolean;
    readonly env?: Record<string, string>;
    /** Dropped when the app stops. Default: a new one. */
    readonly database?: TestDatabase;
    /** Default: what it says is not seen. */
    readonly log?: Logger;
    readonly guidance?: GuidanceOptions;
  } = {},
): Promise<TestApp> {
  const log = options.log ?? pino({ level: process.env["TEST_LOG_LEVEL"] ?? "silent" });
  const config = readConfig({ API_POOL_SIZE: "4", WORKER_POOL_SIZE: "3", ...options.env });
  const database = options.database ?? (await createTestDatabase());
  const operator = await openDatabase({
    url: database.operatorUrl,
    role: "script_operator",
    poolSize: 2,
    applicationName: "test-operator",
  });
  const api = await openApi({ log, worker: undefined, guidance: options.guidance }, config, database);
  const http = await startHttp({ app: api.app, log }, { host: "127.0.0.1", port: 0 });
  let worker: RunningWorker | undefined;
  const startWorker = async (): Promise<void> => {
    worker ??= await openWorker({ log }, config, database);
  };
  const stopWorker = async (): Promise<void> => {
    await worker?.stop();
    worker = undefined;
  };
  if (options.worker ?? true) await startWorker();
  return {
    url: http.url,
    database,
    prisma: operator.prisma,
    client: createHttpClient(http.url, {
      authorization: "Bearer dev-token",
      "x-tenant-id": "t1",
      "x-actor-id": "u1",
    }),
    startWorker,
    stopWorker,
    drain: () => api.readiness.drain(),
    stop: async () => {
      await api.endStreams();
      await http.stop();
      await stopWorker();
      await api.stop();
      await operator.close();
      await database.drop();
    },
  };
}
