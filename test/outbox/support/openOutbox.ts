import { Client } from "pg";
import type { PgBoss } from "pg-boss";
import { pino, type Logger } from "pino";
import type { CommandOutbox, PrismaClient } from "../../../src/db/generated/client.ts";
import { openDatabase } from "../../../src/db/openDatabase.ts";
import { writeEvents, type StoredPayload } from "../../../src/events/domainEvent.ts";
import { newId } from "../../../src/kernel/newId.ts";
import { startJobSender } from "../../../src/materializer/startJobSender.ts";
import { createFindHandler, type Handlers } from "../../../src/outbox/createFindHandler.ts";
import { enqueueCommand, type CommandEnvelope } from "../../../src/outbox/enqueueCommand.ts";
import { createSendOutboxJobs, type SendOutboxJobs } from "../../../src/outbox/sendOutboxJobs.ts";
import { startOutboxBoss } from "../../../src/outbox/startOutboxBoss.ts";
import {
  startOutboxWorker,
  type OutboxWorker,
  type OutboxWorkerDeps,
  type OutboxWorkerOptions,
} from "../../../src/outbox/startOutboxWorker.ts";
import { createTestDatabase, type TestDatabase } from "../../support/testDatabase.ts";

/** A database with an outbox; workers start when a test says so. */
export interface Outbox {
  readonly database: TestDatabase;
  /** In the role script_worker. */
  readonly prisma: PrismaClient;
  /** In the role of the owner. */
  readonly owner: Client;
  readonly sendJobs: SendOutboxJobs;
  readonly log: Logger;
  /** What was logged, one object per line. */
  readonly logged: Record<string, unknown>[];
  /** Enqueues Test.Do.v1 of tenant t1 and user u1, unless told otherwise. */
  enqueue(more?: Partial<CommandEnvelope>): Promise<CommandOutbox>;
  startWorker(
    handlers: Handlers,
    more?: Partial<OutboxWorkerDeps>,
    options?: Partial<OutboxWorkerOptions>,
  ): Promise<OutboxWorker>;
  row(id: string): Promise<CommandOutbox>;
  /** Resolves with the row when it fits. */
  until(id: string, fits: (row: CommandOutbox) => boolean): Promise<CommandOutbox>;
  settled(id: string): Promise<CommandOutbox>;
  /** Completion events, oldest first. */
  events(): Promise<{ type: string; correlationId: string; success: boolean; payload: unknown }[]>;
  jobs(queue?: string): Promise<{ state: string; id: string }[]>;
  close(): Promise<void>;
}

export async function openOutbox(): Promise<Outbox> {
  const database = await createTestDatabase();
  const opened = await openDatabase({
    url: database.workerUrl,
    role: "script_worker",
    poolSize: 6,
    applicationName: "test-outbox",
  });
  const { prisma } = opened;
  const owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const logged: Record<string, unknown>[] = [];
  const log = pino(
    { level: "info" },
    { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const sender = await startJobSender({ databaseUrl: database.apiUrl, log });
  const sendJobs = createSendOutboxJobs(sender.boss);
  const workers: OutboxWorker[] = [];
  const bosses: PgBoss[] = [];
  const row: Outbox["row"] = (id) =>
    prisma.commandOutbox.findUniqueOrThrow({ where: { tenantId_id: { tenantId: "t1", id } } });
  const until: Outbox["until"] = async (id, fits) => {
    for (;;) {
      const found = await row(id);
      if (fits(found)) return found;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return {
    database,
    prisma,
    owner,
    sendJobs,
    log,
    logged,
    enqueue: async (more = {}) => {
      const sent = await prisma.$transaction((tx) =>
        enqueueCommand({ sendJobs }, tx, { ...envelope(), ...more }),
      );
      for (const worker of workers) worker.wake();
      return sent;
    },
    startWorker: async (handlers, more = {}, options = {}) => {
      const boss = await startOutboxBoss({ databaseUrl: database.workerUrl, log });
      bosses.push(boss);
      const worker = await startOutboxWorker(
        {
          prisma,
          boss,
          databaseUrl: database.workerUrl,
          findHandler: createFindHandler(handlers),
          isLocal: () => false,
          writeEvents,
          onSettled: async () => undefined,
          wakeStamper: () => undefined,
          now: () => new Date(),
          log,
          ...more,
        },
        { sweep: SWEEP, handlerTimeoutMs: 20_000, ...options },
      );
      workers.push(worker);
      return worker;
    },
    row,
    until,
    settled: (id) => until(id, (found) => found.completedAt !== null),
    events: async () => {
      const rows = await prisma.domainEvent.findMany({ orderBy: { ordinal: "asc" } });
      return rows.map(({ type, correlationId, payload }) => ({
        type,
        correlationId,
        ...(payload as unknown as StoredPayload),
      }));
    },
    jobs: async (queue = "commands") => {
      const { rows } = await owner.query<{ state: string; id: string }>(
        `select state::text, data ->> 'id' as id from pgboss.job where name = $1 order by created_on`,
        [queue],
      );
      return rows;
    },
    close: async () => {
      for (const worker of workers) await worker.stop();
      for (const boss of bosses) await boss.stop({ graceful: false });
      await sender.stop();
      await opened.close();
      await owner.end();
      await database.drop();
    },
  };
}

export const SWEEP = { graceMs: 5_000, deadAfterMs: 20_000, intervalMs: 60_000 };

function envelope(): CommandEnvelope {
  const id = newId();
  return {
    tenantId: "t1",
    id,
    command: "Test.Do.v1",
    correlationId: `corr-${id}`,
    saidActor: { userId: "u_123" },
    context: { projectId: "prj_001" },
    payload: {},
    actor: { type: "USER", id: "u1" },
    role: "editor",
    now: new Date(),
  };
}
