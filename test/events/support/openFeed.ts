import { pino } from "pino";
import { createInTenant } from "../../../src/db/inTenant.ts";
import { openDatabase, type Database } from "../../../src/db/openDatabase.ts";
import { writeEvents, type NewEvent } from "../../../src/events/domainEvent.ts";
import { readFeed, type ReadFeedDeps } from "../../../src/events/readFeed.ts";
import type { FeedEvent } from "../../../src/events/feedEvent.ts";
import { startEventHub, type RunningHub } from "../../../src/events/startEventHub.ts";
import { startStamper, type Stamper } from "../../../src/events/startStamper.ts";
import { createTestDatabase, type TestDatabase } from "../../support/testDatabase.ts";

/** A database, who writes events into it, and who numbers and follows them, each with connections of its own. */
export interface Feed {
  readonly database: TestDatabase;
  /** In the role script_worker. */
  readonly worker: Database["prisma"];
  /** In the role script_api. */
  readonly api: ReadFeedDeps & { readonly prisma: Database["prisma"] };
  write(...events: readonly NewEvent[]): Promise<void>;
  /** On connections named test-feed-part, as the hub. */
  startStamper(): Promise<Stamper>;
  startHub(): Promise<RunningHub>;
  /** The whole feed of a tenant, read page by page. */
  read(tenantId?: string): Promise<FeedEvent[]>;
  /** As after a restore, or when a replica takes over that had not had all of it: what came after is gone. */
  goBack(position: number): Promise<void>;
  close(): Promise<void>;
}

const log = pino({ level: process.env["TEST_LOG_LEVEL"] ?? "silent" });

export async function openFeed(): Promise<Feed> {
  const database = await createTestDatabase();
  const closers: (() => Promise<void>)[] = [];
  const open = async (
    role: "script_api" | "script_worker",
    applicationName = "test-feed",
  ): Promise<Database["prisma"]> => {
    const url = role === "script_api" ? database.apiUrl : database.workerUrl;
    const opened = await openDatabase({ url, role, poolSize: 4, applicationName });
    closers.push(() => opened.close());
    return opened.prisma;
  };
  const worker = await open("script_worker");
  const apiPrisma = await open("script_api");
  const api = { prisma: apiPrisma, inTenant: createInTenant(apiPrisma) };
  return {
    database,
    worker,
    api,
    write: (...events) => writeEvents(worker, events),
    startStamper: async () => {
      const prisma = await open("script_worker", "test-feed-part");
      const stamper = startStamper({
        prisma,
        databaseUrl: database.workerUrl,
        now: () => new Date(),
        log,
      });
      closers.push(() => stamper.stop());
      return stamper;
    },
    startHub: async () => {
      const prisma = await open("script_api", "test-feed-part");
      const running = startEventHub({
        prisma,
        inTenant: createInTenant(prisma),
        databaseUrl: database.apiUrl,
        log,
      });
      closers.push(() => running.stop());
      return running;
    },
    read: async (tenantId = "t1") => {
      const events: FeedEvent[] = [];
      for (let after = 0; ;) {
        const page = await readFeed(api, { tenantId, after, limit: 100, filter: {} });
        if (page.kind === "expired") throw new Error(`Expired up to ${page.expiredPosition}.`);
        events.push(...page.events);
        after = page.next;
        if (after === page.headPosition) return events;
      }
    },
    goBack: async (position) => {
      const gone = await worker.eventFeed.findMany({ where: { position: { gt: position } } });
      await worker.eventFeed.deleteMany({ where: { position: { gt: position } } });
      await worker.domainEvent.deleteMany({ where: { id: { in: gone.map(({ eventId }) => eventId) } } });
      await worker.eventFeedHead.update({ where: { id: 1 }, data: { position } });
    },
    close: async () => {
      for (const close of closers.toReversed()) await close();
      await database.drop();
    },
  };
}

/** An event of tenant t1 about a script, told apart by a number. */
export function someEvent(number: number, more: Partial<NewEvent> = {}): NewEvent {
  return {
    tenantId: "t1",
    type: "Test.Happened.v1",
    correlationId: "c1",
    payload: { number },
    occurredAt: new Date("2026-01-02T03:04:05.678Z"),
    ...more,
  };
}

/** The numbers of events that someEvent made. */
export function numbersOf(events: readonly { readonly payload: unknown }[]): number[] {
  return events.map(({ payload }) => (payload as { number: number }).number);
}
