import { Client } from "pg";
import { pino, type Logger } from "pino";
import { expect } from "vitest";
import { writeEvents } from "../../../src/events/domainEvent.ts";
import type { PrismaClient } from "../../../src/db/generated/client.ts";
import { createInTenant, type InTenant } from "../../../src/db/inTenant.ts";
import { openDatabase } from "../../../src/db/openDatabase.ts";
import {
  materialize,
  type MaterializeDeps,
  type MaterializeOutcome,
} from "../../../src/materializer/materialize.ts";
import type { PausePoint } from "../../../src/materializer/pausePoint.ts";
import { MATERIALIZE_QUEUE } from "../../../src/materializer/sendMaterializeJobs.ts";
import { startJobSender } from "../../../src/materializer/startJobSender.ts";
import { createTestDatabase, type TestDatabase } from "../../support/testDatabase.ts";
import { addNode, createScript, openWriter, updateNode, type Writer } from "../../support/openWriter.ts";

/** A database, the write path of an API process, and the materializer without a running worker. */
export interface Materializer {
  readonly database: TestDatabase;
  readonly writer: Writer;
  /** In the role script_worker. */
  readonly prisma: PrismaClient;
  readonly inTenant: InTenant;
  /** In the role of the owner. */
  readonly owner: Client;
  readonly deps: MaterializeDeps & { readonly log: Logger };
  /** What was logged, one object per line. */
  readonly logged: Record<string, unknown>[];
  /** Creates a script of tenant t1 with a node "a"; the log is 2 long then. */
  create(scriptId: string): Promise<void>;
  /** Updates that node. */
  edit(scriptId: string, data?: Record<string, unknown>): Promise<void>;
  /** Materializes a script once, as a worker would for a job. */
  run(scriptId: string, overrides?: Partial<MaterializeDeps>): Promise<MaterializeOutcome>;
  /** Starts a run and resolves when it stands still at a point, until it is released. */
  pauseRun(
    scriptId: string,
    pauseAt: PausePoint,
  ): Promise<{ outcome: Promise<MaterializeOutcome>; release: () => void }>;
  /** Jobs of the queue, oldest first. */
  jobs(): Promise<{ state: string; scriptId: string }[]>;
  loseJobs(): Promise<void>;
  /** Sessions that wait for a lock. */
  waitingForLocks(): Promise<number>;
  close(): Promise<void>;
}

export async function openMaterializer(): Promise<Materializer> {
  const database = await createTestDatabase();
  const writer = await openWriter(database.apiUrl);
  const worker = await openDatabase({
    url: database.workerUrl,
    role: "script_worker",
    poolSize: 6,
    applicationName: "test-materializer",
  });
  const owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const logged: Record<string, unknown>[] = [];
  const log = pino(
    { level: "info" },
    { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  );
  // Its queries run in the transaction that materialize gives it, and so in the worker's role.
  const sender = await startJobSender({ databaseUrl: database.apiUrl, log });
  const deps = { prisma: worker.prisma, boss: sender.boss, writeEvents, now: () => new Date(), log };
  const run: Materializer["run"] = (scriptId, overrides = {}) =>
    materialize({ ...deps, ...overrides }, { tenantId: "t1", scriptId });
  return {
    database,
    writer,
    prisma: worker.prisma,
    inTenant: createInTenant(worker.prisma),
    owner,
    deps,
    logged,
    create: async (scriptId) => {
      const outcome = await writer.submit(scriptId, [createScript(scriptId), addNode("a")]);
      expect(outcome.kind).toBe("accepted");
    },
    edit: async (scriptId, data = {}) => {
      const outcome = await writer.submit(scriptId, [updateNode("a", data)]);
      expect(outcome.kind).toBe("accepted");
    },
    run,
    pauseRun: async (scriptId, pauseAt) => {
      const atWork = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const outcome = run(scriptId, {
        pause: async (point) => {
          if (point !== pauseAt) return;
          atWork.resolve();
          await goOn.promise;
        },
      });
      await atWork.promise;
      return { outcome, release: goOn.resolve };
    },
    jobs: async () => {
      const { rows } = await owner.query<{ state: string; scriptId: string }>(
        `select state::text, data ->> 'scriptId' as "scriptId" from pgboss.job where name = $1 order by created_on`,
        [MATERIALIZE_QUEUE],
      );
      return rows;
    },
    loseJobs: async () => {
      await owner.query(`delete from pgboss.job where name = $1`, [MATERIALIZE_QUEUE]);
    },
    waitingForLocks: async () => {
      const { rows } = await owner.query<{ waiting: number }>(
        `select count(*)::int as waiting from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows[0]!.waiting;
    },
    close: async () => {
      await sender.stop();
      await writer.close();
      await worker.close();
      await owner.end();
      await database.drop();
    },
  };
}
