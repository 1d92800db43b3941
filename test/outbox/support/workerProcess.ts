// A worker process of its own: node test/outbox/support/workerProcess.ts '{"workerUrl":…,"pauseAt":"fenced"}'.
// Prints a line when it stands still at that point of an attempt, and stays there until it is killed.
import { pino } from "pino";
import { openDatabase } from "../../../src/db/openDatabase.ts";
import { writeEvents } from "../../../src/events/domainEvent.ts";
import { createFindHandler } from "../../../src/outbox/createFindHandler.ts";
import type { OutboxPausePoint } from "../../../src/outbox/pausePoint.ts";
import { startOutboxBoss } from "../../../src/outbox/startOutboxBoss.ts";
import { startOutboxWorker } from "../../../src/outbox/startOutboxWorker.ts";
import { standStill } from "../../support/killAt.ts";
import { effectHandler } from "./effectHandler.ts";

export interface WorkerTask {
  readonly workerUrl: string;
  readonly pauseAt: OutboxPausePoint;
}

const task = JSON.parse(process.argv[2]!) as WorkerTask;
const log = pino({ level: "warn" }, pino.destination(2));
const database = await openDatabase({
  url: task.workerUrl,
  role: "script_worker",
  poolSize: 4,
  applicationName: "test-outbox-process",
});
await startOutboxWorker(
  {
    prisma: database.prisma,
    boss: await startOutboxBoss({ databaseUrl: task.workerUrl, log }),
    databaseUrl: task.workerUrl,
    findHandler: createFindHandler({ byName: { "Test.Do.v1": effectHandler() } }),
    isLocal: () => false,
    writeEvents,
    onSettled: async () => undefined,
    wakeStamper: () => undefined,
    now: () => new Date(),
    log,
    pause: async (point) => {
      if (point === task.pauseAt) await standStill(point);
    },
  },
  { sweep: { graceMs: 5_000, deadAfterMs: 20_000, intervalMs: 60_000 }, handlerTimeoutMs: 20_000 },
);
