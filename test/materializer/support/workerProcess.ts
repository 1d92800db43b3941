// A worker process of its own: node test/materializer/support/workerProcess.ts '{"workerUrl":…,"pauseAt":"replayed"}'.
// Prints a line when it stands still at that point of a materialization, and stays there until it is killed.
import { pino } from "pino";
import { openDatabase } from "../../../src/db/openDatabase.ts";
import { writeEvents } from "../../../src/events/domainEvent.ts";
import type { PausePoint } from "../../../src/materializer/pausePoint.ts";
import { startWorker } from "../../../src/materializer/startWorker.ts";
import { standStill } from "../../support/killAt.ts";

export interface WorkerTask {
  readonly workerUrl: string;
  readonly pauseAt: PausePoint;
}

const task = JSON.parse(process.argv[2]!) as WorkerTask;
const database = await openDatabase({
  url: task.workerUrl,
  role: "script_worker",
  poolSize: 4,
  applicationName: "test-worker-process",
});
await startWorker(
  {
    prisma: database.prisma,
    databaseUrl: task.workerUrl,
    writeEvents,
    now: () => new Date(),
    log: pino({ level: "warn" }, pino.destination(2)),
    pause: async (point) => {
      if (point === task.pauseAt) await standStill(point);
    },
  },
  { parallel: 4, sweepIntervalMs: 60_000, cacheBytes: 10_000_000 },
);
