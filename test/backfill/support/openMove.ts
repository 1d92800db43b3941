import { Client } from "pg";
import { pino } from "pino";
import type { ControlDeps } from "../../../migrations-backfill/core/decide.ts";
import { runOwnerSql } from "../../../migrations-backfill/core/ownerSql.ts";
import type { BatchDeps } from "../../../migrations-backfill/core/batch.ts";
import { createLegacySchema } from "../../../migrations-backfill/guidance/createLegacySchema.ts";
import { guidance } from "../../../migrations-backfill/guidance/definition.ts";
import { generateLegacy } from "../../../migrations-backfill/guidance/generate.ts";
import { SMALL, type LegacyDataOptions } from "../../../migrations-backfill/guidance/makeLegacy.ts";
import type { Planted } from "../../../migrations-backfill/guidance/traps/trapContext.ts";
import { openDatabase } from "../../../src/db/openDatabase.ts";
import { readConfig } from "../../../src/main/config.ts";
import { openWorker } from "../../../src/main/openWorker.ts";
import { sendMaterializeJobs } from "../../../src/materializer/sendMaterializeJobs.ts";
import { startJobSender } from "../../../src/materializer/startJobSender.ts";
import { createTestDatabase, type TestDatabase } from "../../support/testDatabase.ts";

export interface TestMove {
  readonly database: TestDatabase;
  readonly deps: ControlDeps & Omit<BatchDeps, "pause">;
  /** As the owner, who sees everything. */
  readonly owner: Client;
  readonly manifest: readonly Planted[];
  readonly counts: { readonly [table: string]: number };
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** A database with generated legacy data, and what a move of it needs. With a worker, unless told otherwise. */
export async function openMove(
  options: {
    readonly data?: Partial<LegacyDataOptions>;
    readonly worker?: boolean;
    /** Whether the service may read the legacy tables already. Default: true. */
    readonly isExpanded?: boolean;
  } = {},
): Promise<TestMove> {
  const log = pino({ level: process.env["TEST_LOG_LEVEL"] ?? "silent" });
  const database = await createTestDatabase();
  const owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await createLegacySchema(owner);
  if (options.isExpanded ?? true) await owner.query(guidance.sql.expand);
  const made = await generateLegacy(owner, { ...SMALL, ...options.data });
  const worker = await openDatabase({
    url: database.workerUrl,
    role: "script_worker",
    poolSize: 4,
    applicationName: "test-move",
  });
  const sender = await startJobSender({ databaseUrl: database.apiUrl, log });
  let running: { stop(): Promise<void> } | undefined;
  const startWorker = async (): Promise<void> => {
    running = await openWorker({ log }, readConfig({ WORKER_POOL_SIZE: "3" }), database);
  };
  const stopWorker = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  if (options.worker ?? true) await startWorker();
  return {
    database,
    owner,
    ...made,
    deps: {
      prisma: worker.prisma,
      boss: sender.boss,
      sendJobs: (tx, scripts) => sendMaterializeJobs(sender.boss, tx, scripts),
      runOwnerSql: (sql) => runOwnerSql(database.ownerUrl, sql),
      now: () => new Date(),
      operator: "test",
      settleMs: 0,
      log,
    },
    startWorker,
    stopWorker,
    stop: async () => {
      await stopWorker();
      await sender.stop();
      await worker.close();
      await owner.end();
      await database.drop();
    },
  };
}
