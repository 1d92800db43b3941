import { Client } from "pg";
import { afterEach, expect, test } from "vitest";
import { restNeeded } from "../../migrations-backfill/core/restNeeded.ts";
import { runBatch } from "../../migrations-backfill/core/runBatch.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { begin, driveToEnd, readWritten } from "./support/steps.ts";

let move: TestMove;

afterEach(async () => {
  await move.stop();
});

test("a move rests while more scripts than it may wait for the materializer", async () => {
  move = await openMove({ data: { scripts: 3, trapsEach: 0 }, worker: false });
  await begin(move.deps, { batchSize: 2, maxScriptsBehind: 1, restMs: 1 });
  expect(await restNeeded(move.deps, guidance)).toBeUndefined();
  expect(await runBatch(move.deps, guidance)).toMatchObject({ kind: "moved", rows: 2 });
  expect(await restNeeded(move.deps, guidance)).toBe("more than 1 script(s) wait for the materializer");
  await move.startWorker();
  await driveToEnd(move.deps);
  expect(await readWritten(move.deps)).toMatchObject({ runs: 3, quarantined: 0 });
});

test("a move rests while many sessions wait for locks", async () => {
  move = await openMove({ data: { scripts: 1, trapsEach: 0 }, worker: false });
  await begin(move.deps);
  const sessions = Array.from({ length: 9 }, () => new Client({ connectionString: move.database.ownerUrl }));
  await Promise.all(sessions.map((session) => session.connect()));
  await move.owner.query(`begin; lock table backfill."BackfillFinding"`);
  const waiting = sessions.map((session) => session.query(`select from backfill."BackfillFinding"`));
  await expect.poll(() => restNeeded(move.deps, guidance)).toBe("9 session(s) wait for locks");
  await move.owner.query("rollback");
  await Promise.all(waiting);
  expect(await restNeeded(move.deps, guidance)).toBeUndefined();
  await Promise.all(sessions.map((session) => session.end()));
});

test("a move of the queue rests between two batches for as long as it was told", async () => {
  move = await openMove({ data: { scripts: 3, trapsEach: 0 } });
  await begin(move.deps, { batchSize: 2, restMs: 600_000, isQueued: true });
  const waiting = async (): Promise<number[]> => {
    const { rows } = await move.owner.query<{ seconds: number }>(
      `select extract(epoch from start_after - now())::int as seconds
       from pgboss.job where name = 'backfill' and state = 'created' and start_after > now() + interval '1 minute'`,
    );
    return rows.map(({ seconds }) => seconds);
  };
  await expect.poll(waiting, { timeout: 25_000 }).toHaveLength(1);
  expect((await waiting())[0]).toBeGreaterThan(500);
  expect(await move.deps.prisma.backfillUnit.findFirst({ where: { unit: "scripts" } })).toMatchObject({
    rowsRead: 2,
  });
});
