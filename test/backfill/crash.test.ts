import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { beginVerification } from "../../migrations-backfill/core/beginVerification.ts";
import { resume, start } from "../../migrations-backfill/core/control.ts";
import type { BatchPausePoint } from "../../migrations-backfill/core/runBatch.ts";
import { findFailures, verify } from "../../migrations-backfill/core/verify.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import type { MoveTask } from "./support/moveProcess.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { driveToEnd, expectDone, moveAll, readWritten, verifyAll } from "./support/steps.ts";

const SCRIPTS = 5;
let move: TestMove;
let child: ChildProcess | undefined;

beforeEach(async () => {
  move = await openMove({ data: { scripts: SCRIPTS, trapsEach: 0 } });
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await move.stop();
});

/** Starts a process that does a part of the move, and kills it where it stands still. */
async function killAt(task: Omit<MoveTask, "workerUrl" | "apiUrl">): Promise<void> {
  const { workerUrl, apiUrl } = move.database;
  const whole: MoveTask = { ...task, workerUrl, apiUrl };
  child = spawn(process.execPath, ["test/backfill/support/moveProcess.ts", JSON.stringify(whole)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  expect(String(line)).toBe(`paused at ${task.pauseAt}\n`);
  const ended = once(child, "close");
  child.kill("SIGKILL");
  await ended;
}

const POINTS: readonly BatchPausePoint[] = ["locked", "row_written", "before_commit", "committed"];

describe("a process that is killed while it moves rows", () => {
  test.each(POINTS)(
    "at %s of its second batch leaves whole batches, and the next one goes on",
    async (point) => {
      expectDone(await start(move.deps, guidance, { batchSize: 2 }));
      await killAt({ by: "drive", pauseAt: point, after: point === "row_written" ? 2 : 1 });
      const batches = point === "committed" ? 2 : 1;
      expect(await move.deps.prisma.backfillUnit.findFirst({ where: { unit: "scripts" } })).toMatchObject({
        rowsRead: batches * 2,
        finishedAt: null,
      });
      expect(await move.deps.prisma.scriptStream.count()).toBe(batches * 2);
      expect(await move.deps.prisma.backfillIdMap.count({ where: { kind: "script" } })).toBe(batches * 2);
      expectDone(await resume(move.deps, guidance));
      await driveToEnd(move.deps);
      expect(await readWritten(move.deps)).toMatchObject({ runs: SCRIPTS, quarantined: 0 });
      expect(await verifyAll(move.deps)).toEqual([]);
    },
  );

  test.each(["before_commit", "committed"] as const)(
    "at %s of a job leaves the chain of jobs whole",
    async (point) => {
      await move.stopWorker();
      expectDone(await start(move.deps, guidance, { batchSize: 2, isQueued: true }));
      await killAt({ by: "queue", pauseAt: point, after: 0 });
      const { rows } = await move.owner.query<{ state: string }>(
        `select state::text from pgboss.job where name = 'backfill' order by state`,
      );
      // The batch, its job and the next job are one: all of them, or none.
      expect(rows.map(({ state }) => state)).toEqual(
        point === "committed" ? ["completed", "created"] : ["active"],
      );
      await move.startWorker();
      // The server takes the job of the dead worker away after a while; an operator need not wait for it.
      if (point === "before_commit") expectDone(await resume(move.deps, guidance, { isQueued: true }));
      await expect
        .poll(() => move.deps.prisma.backfill.findUniqueOrThrow({ where: { name: "guidance" } }), {
          timeout: 25_000,
        })
        .toMatchObject({ status: "IDLE" });
      expect(await readWritten(move.deps)).toMatchObject({ runs: SCRIPTS, quarantined: 0 });
      expect(await verifyAll(move.deps)).toEqual([]);
    },
  );
});

test("a verification that is killed goes on where it was", async () => {
  await moveAll(move.deps);
  expectDone(await beginVerification(move.deps, guidance, { goesOn: false }));
  await killAt({ by: "verify", pauseAt: "batch_verified", after: 0 });
  expect(await move.deps.prisma.backfillUnit.findFirst({ where: { unit: "scripts" } })).toMatchObject({
    verifiedRows: SCRIPTS,
  });
  expectDone(await beginVerification(move.deps, guidance, { goesOn: true }));
  let compared = 0;
  for await (const step of verify(move.deps, guidance)) if (step.kind === "compared") compared += step.rows;
  // The scripts were compared before; the runs are what was left.
  expect(compared).toBe(SCRIPTS);
  expect(await findFailures(move.deps.prisma, guidance)).toEqual([]);
});

test("a start that is cut short at any point is given again", async () => {
  for (const failing of [guidance.sql.expand, guidance.sql.freeze]) {
    const runOwnerSql = async (sql: string): Promise<void> => {
      if (sql === failing) throw new Error("killed");
      await move.deps.runOwnerSql(sql);
    };
    await expect(start({ ...move.deps, runOwnerSql }, guidance)).rejects.toThrow("killed");
  }
  await moveAll(move.deps);
  expect(await verifyAll(move.deps)).toEqual([]);
});
