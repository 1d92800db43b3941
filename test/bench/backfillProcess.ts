// A process that moves and verifies legacy data, as an operator's terminal does, so that its memory is its own:
// node test/bench/backfillProcess.ts <url of the owner>. Prints one line of JSON when it is done.
import { pino } from "pino";
import { beginVerification, endVerification } from "../../migrations-backfill/core/beginVerification.ts";
import type { ControlDeps } from "../../migrations-backfill/core/decide.ts";
import { drive } from "../../migrations-backfill/core/drive.ts";
import { runOwnerSql } from "../../migrations-backfill/core/ownerSql.ts";
import type { BatchDeps } from "../../migrations-backfill/core/batch.ts";
import { findFailures } from "../../migrations-backfill/core/findFailures.ts";
import { expand } from "../../migrations-backfill/core/expand.ts";
import { freeze } from "../../migrations-backfill/core/freeze.ts";
import { start } from "../../migrations-backfill/core/start.ts";
import { verify } from "../../migrations-backfill/core/verify.ts";
import { waive } from "../../migrations-backfill/core/waive.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { sendMaterializeJobs } from "../../src/materializer/sendMaterializeJobs.ts";
import { startJobSender } from "../../src/materializer/startJobSender.ts";

export interface BackfillTimes {
  /** Scripts with their versions and all that belongs to them. */
  readonly scriptsSeconds: number;
  /** For the materializer, before and between batches. */
  readonly restingSeconds: number;
  readonly runsSeconds: number;
  readonly verifySeconds: number;
  /** Of this process, in MB: when half of the scripts were moved, when all were, and at the end. */
  readonly peakMb: { readonly half: number; readonly moved: number; readonly end: number };
  readonly failures: readonly string[];
}

const url = process.argv[2]!;
const log = pino({ level: "warn" }, pino.destination(2));
const database = await openDatabase({
  url,
  role: "script_worker",
  poolSize: 3,
  applicationName: "bench-backfill",
});
const { prisma } = database;
const sender = await startJobSender({ databaseUrl: url, log });
const deps: ControlDeps & Omit<BatchDeps, "pause"> = {
  prisma,
  boss: sender.boss,
  sendJobs: (tx, scripts) => sendMaterializeJobs(sender.boss, tx, scripts),
  runOwnerSql: (sql) => runOwnerSql(url, sql),
  now: () => new Date(),
  operator: "bench",
  settleMs: 0,
  log,
};

for (const give of [expand, freeze, start]) {
  const order = await give(deps, guidance);
  if (order.kind === "refused") throw new Error(order.reasons.join(" "));
}
const scripts = await guidance.units[0]!.countRows(prisma);
const ms: Record<string, number> = { scripts: 0, runs: 0, resting: 0, verify: 0 };
const peak = { half: 0, moved: 0, end: 0 };
let moved = 0;
let since = performance.now();
const lap = (name: string): void => {
  ms[name]! += performance.now() - since;
  since = performance.now();
};
for await (const step of drive(deps, guidance)) {
  lap(step.kind === "moved" ? step.unit : "resting");
  if (step.kind === "moved" && step.unit === "scripts") moved += step.rows;
  if (peak.half === 0 && moved * 2 >= scripts) peak.half = peakMb();
}
peak.moved = peakMb();
await waive(deps, guidance, {}, { by: "bench", note: "planted" });
await beginVerification(deps, guidance, { goesOn: false });
since = performance.now();
for await (const _ of verify(deps, guidance));
lap("verify");
const failures = await findFailures(prisma, guidance);
await endVerification(deps, guidance, failures);
peak.end = peakMb();
const times: BackfillTimes = {
  scriptsSeconds: ms["scripts"]! / 1_000,
  restingSeconds: ms["resting"]! / 1_000,
  runsSeconds: ms["runs"]! / 1_000,
  verifySeconds: ms["verify"]! / 1_000,
  peakMb: peak,
  failures,
};
process.stdout.write(`${JSON.stringify(times)}\n`);
await sender.stop();
await database.close();

function peakMb(): number {
  return process.resourceUsage().maxRSS / 1_024;
}
