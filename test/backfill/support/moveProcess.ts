// A process that drives a move, until it stands still at a named point and is killed:
// node test/backfill/support/moveProcess.ts '{"workerUrl":…,"apiUrl":…,"pauseAt":"row_written","after":3,"by":"drive"}'
import { pino } from "pino";
import { drive } from "../../../migrations-backfill/core/drive.ts";
import type { BatchDeps } from "../../../migrations-backfill/core/batch.ts";
import { startBackfillWorker } from "../../../migrations-backfill/core/startBackfillWorker.ts";
import { verify } from "../../../migrations-backfill/core/verify.ts";
import { guidance } from "../../../migrations-backfill/guidance/definition.ts";
import { openJobs } from "../../../src/db/openJobs.ts";
import { openDatabase } from "../../../src/db/openDatabase.ts";
import { standStill } from "../../support/killAt.ts";
import { sendMaterializeJobs } from "../../../src/materializer/sendMaterializeJobs.ts";

export interface MoveTask {
  readonly workerUrl: string;
  readonly apiUrl: string;
  readonly by: "drive" | "queue" | "verify";
  readonly pauseAt: string;
  /** How often it passes the point before it stands still there. */
  readonly after: number;
}

const task = JSON.parse(process.argv[2]!) as MoveTask;
const { prisma } = await openDatabase({
  url: task.workerUrl,
  role: "script_worker",
  poolSize: 3,
  applicationName: "test-move-process",
});
const boss = await openJobs({
  url: task.by === "queue" ? task.workerUrl : task.apiUrl,
  role: task.by === "queue" ? "script_worker" : "script_api",
  applicationName: "test-move-process",
  poolSize: 1,
});
let passed = 0;
const deps: BatchDeps & Parameters<typeof verify>[0] = {
  prisma,
  boss,
  sendJobs: (tx, scripts) => sendMaterializeJobs(boss, tx, scripts),
  now: () => new Date(),
  log: pino({ level: "warn" }, pino.destination(2)),
  pause: async (point: string) => {
    if (point !== task.pauseAt || passed++ < task.after) return;
    await standStill(point);
  },
};
if (task.by === "drive") for await (const _ of drive(deps, guidance));
if (task.by === "verify") for await (const _ of verify(deps, guidance));
if (task.by === "queue") await startBackfillWorker({ ...deps, boss }, [guidance]);
