import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { beginVerification } from "../../migrations-backfill/core/beginVerification.ts";
import { resume } from "../../migrations-backfill/core/control.ts";
import type { BatchPausePoint } from "../../migrations-backfill/core/batch.ts";
import { expand } from "../../migrations-backfill/core/expand.ts";
import { findFailures } from "../../migrations-backfill/core/findFailures.ts";
import { freeze } from "../../migrations-backfill/core/freeze.ts";
import { start } from "../../migrations-backfill/core/start.ts";
import { verify } from "../../migrations-backfill/core/verify.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { killAt } from "../support/killAt.ts";
import type { MoveTask } from "./support/moveProcess.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { begin, driveToEnd, expectDone, moveAll, readWritten, verifyAll } from "./support/steps.ts";

const SCRIPTS = 5;
let move: TestMove;

beforeEach(async () => {
  move = await openMove({ data: { scripts: SCRIPTS, trapsEach: 0 } });
});
afterEach(async () => {
  await move.stop();
});

/** Starts a process that does a part of the move, and kills it where it stands still. */
async function killMoveAt(task: Omit<MoveTask, "workerUrl" | "apiUrl">): Promise<void> {
  const { workerUrl, apiUrl } = move.database;
  const whole: MoveTask = { ...task, workerUrl, apiUrl };
  await killAt("test/backfill/support/moveProcess.ts", whole);
}

const POINTS: readonly BatchPausePoint[] = ["locked", "row_written", "before_commit", "committed"];

describe("a process that is killed while it moves rows", () => {
  test.each(POINTS)(
    "at %s of its second batch leaves whole batches, and the next one goes on",
    async (point) => {
      await begin(move.deps, { batchSize: 2 });
      await killMoveAt({ by: "drive", pauseAt: point, after: point === "row_written" ? 2 : 1 });
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
      await begin(move.deps, { batchSize: 2, isQueued: true });
      await killMoveAt({ by: "queue", pauseAt: point, after: 0 });
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
  await killMoveAt({ by: "verify", pauseAt: "batch_verified", after: 0 });
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

test("an expand or a freeze that is cut short is given again", async () => {
  for (const give of [expand, freeze])
    for (const when of ["before", "after"]) {
      const runOwnerSql = async (sql: string): Promise<void> => {
        if (when === "after") await move.deps.runOwnerSql(sql);
        throw new Error("killed");
      };
      await expect(give({ ...move.deps, runOwnerSql }, guidance)).rejects.toThrow("killed");
      expect(await start(move.deps, guidance)).toMatchObject({ kind: "refused" });
    }
  await moveAll(move.deps);
  expect(await verifyAll(move.deps)).toEqual([]);
});
