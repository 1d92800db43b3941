import { afterEach, expect, test } from "vitest";
import { complete, finalize } from "../../migrations-backfill/core/complete.ts";
import { drive } from "../../migrations-backfill/core/drive.ts";
import { planMove } from "../../migrations-backfill/core/planMove.ts";
import { findFailures } from "../../migrations-backfill/core/findFailures.ts";
import { runBatch } from "../../migrations-backfill/core/runBatch.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import {
  begin,
  cutOver,
  driveToEnd,
  expectDone,
  moveAll,
  readWritten,
  verifyAll,
  waiveAll,
} from "./support/steps.ts";

let move: TestMove;

afterEach(async () => {
  await move.stop();
});

test(
  "from expand to contract: quarantine holds exactly the planted offenders, both sides agree on the rest",
  { timeout: 120_000 },
  async () => {
    move = await openMove({ data: { scripts: 4 } });
    const plan = await planMove(move.deps, guidance, {
      options: {},
      onRows: () => undefined,
      stopping: new AbortController().signal,
    });
    expect(await readWritten(move.deps)).toMatchObject({ commands: 0, ids: 0, quarantined: 0, findings: 0 });
    await moveAll(move.deps);
    const quarantined = await move.deps.prisma.backfillQuarantine.findMany({
      orderBy: [{ legacyTable: "asc" }, { legacyId: "asc" }, { code: "asc" }],
    });
    const planted = move.manifest
      .filter((one) => one.expect === "quarantine")
      .map(({ table, id, code }) => `${table} ${id} ${code}`);
    expect(quarantined.map((row) => `${row.legacyTable} ${row.legacyId} ${row.code}`).toSorted()).toEqual(
      planted.toSorted(),
    );
    // A plan says what a start then does.
    const findings = await move.deps.prisma.backfillFinding.findMany();
    const countByCode = (rows: readonly { readonly code: string }[]) =>
      Object.entries(Object.groupBy(rows, ({ code }) => code))
        .map(([code, found]) => ({ code, rows: found!.length }))
        .toSorted((a, b) => (a.code < b.code ? -1 : 1));
    const sort = (rows: typeof plan.findings) => rows.toSorted((a, b) => (a.code < b.code ? -1 : 1));
    expect(sort(plan.quarantined)).toEqual(countByCode(quarantined));
    expect(sort(plan.findings)).toEqual(countByCode(findings));
    const moved = await move.deps.prisma.backfillIdMap.groupBy({
      by: ["kind"],
      _count: true,
      where: { kind: { in: ["script", "run"] } },
    });
    expect(plan.units.map(({ unit, movable }) => [unit, movable])).toEqual([
      ["scripts", moved.find(({ kind }) => kind === "script")!._count],
      ["runs", moved.find(({ kind }) => kind === "run")!._count],
    ]);

    expect(await verifyAll(move.deps)).toEqual([
      `${planted.length} row(s) stand in quarantine; 0 are allowed.`,
    ]);
    await waiveAll(move.deps);
    expect(await findFailures(move.deps.prisma, guidance)).toEqual([]);
    await cutOver(move.deps);
    expectDone(await finalize(move.deps, guidance));
    // The legacy tables go only when somebody has said that what stays behind may be gone.
    const first = await complete(move.deps, guidance, { acceptLoss: false });
    expect(first).toMatchObject({ kind: "refused" });
    const losses = first.losses!.filter(({ what }) => !what.startsWith("whole "));
    expect(losses.reduce((sum, { count }) => sum + count, 0)).toBe(planted.length);
    expect(first.losses!.slice(0, 2)).toMatchObject([
      { what: "whole scripts", count: plan.units[0]!.rows - plan.units[0]!.movable },
      { what: "whole runs", count: plan.units[1]!.rows - plan.units[1]!.movable },
    ]);
    expectDone(await complete(move.deps, guidance, { acceptLoss: true }));
    const { rows } = await move.owner.query(`select to_regnamespace('guidance')::text as there`);
    expect(rows).toEqual([{ there: null }]);
    // What was moved is found by its old id, and read under its old columns, for ever.
    const compat = await move.owner.query(`select "id" from guidance_compat."Script"`);
    expect(compat.rowCount).toBe(moved.find(({ kind }) => kind === "script")!._count);
    expect(await complete(move.deps, guidance, { acceptLoss: true })).toMatchObject({ kind: "refused" });
  },
);

test("run twice it writes nothing", async () => {
  move = await openMove({
    data: { scripts: 2, traps: ["version_gap", "several_active", "edge_dangling", "tenant_null"] },
  });
  await moveAll(move.deps);
  await waiveAll(move.deps);
  expect(await verifyAll(move.deps)).toEqual([]);
  const before = await readWritten(move.deps);
  await moveAll(move.deps);
  expect(await readWritten(move.deps)).toEqual(before);
  const units = await move.deps.prisma.backfillUnit.findMany();
  expect(units.map(({ rowsWritten }) => rowsWritten)).toEqual([0, 0]);
  expect(await verifyAll(move.deps)).toEqual([]);
});

test("the queue's workers drive it to its end, beside a terminal that drives it too", async () => {
  move = await openMove({ data: { scripts: 6, trapsEach: 0 } });
  await begin(move.deps, { isQueued: true, batchSize: 2 });
  // Both at once: each takes the batch after the other's.
  await driveToEnd(move.deps);
  await expect
    .poll(() => move.deps.prisma.backfill.findUniqueOrThrow({ where: { name: "guidance" } }), {
      timeout: 20_000,
    })
    .toMatchObject({ status: "IDLE" });
  const units = await move.deps.prisma.backfillUnit.findMany({ orderBy: { unit: "desc" } });
  expect(units.map(({ unit, rowsRead, rowsWritten }) => [unit, rowsRead, rowsWritten])).toEqual([
    ["scripts", 6, 6],
    ["runs", 6, 6],
  ]);
  expect(await verifyAll(move.deps)).toEqual([]);
  expect(await findFailures(move.deps.prisma, guidance)).toEqual([]);
});

test("rests while the versions are not written that runs point to, and says why", async () => {
  move = await openMove({ data: { scripts: 3, trapsEach: 0 } });
  await move.stopWorker();
  await begin(move.deps);
  const seen: string[] = [];
  for await (const step of drive(move.deps, guidance)) {
    if (step.kind === "resting" && !seen.includes(step.because)) {
      seen.push(step.because);
      await move.startWorker();
    }
  }
  expect(seen[0]).toBe('3 moved script(s) wait for the materializer, and unit "runs" needs their versions');
  expect(await verifyAll(move.deps)).toEqual([]);
});

test("takes up no run before the versions are written, also when another driver moved the last script just now", async () => {
  move = await openMove({ data: { scripts: 3, trapsEach: 0 } });
  await move.stopWorker();
  await begin(move.deps);
  expect(await runBatch(move.deps, guidance)).toMatchObject({ kind: "moved", unit: "scripts", rows: 3 });
  // As one does who looked before that whether the database should rest.
  expect(await runBatch(move.deps, guidance)).toMatchObject({ kind: "resting" });
  expect(await move.deps.prisma.backfillUnit.findFirst({ where: { unit: "runs" } })).toMatchObject({
    rowsRead: 0,
    finishedAt: null,
  });
  await move.startWorker();
  await driveToEnd(move.deps);
  expect(await readWritten(move.deps)).toMatchObject({ runs: 3, quarantined: 0 });
});

test("the queue's workers alone come to its end", async () => {
  move = await openMove({ data: { scripts: 4, trapsEach: 0 } });
  await begin(move.deps, { isQueued: true, batchSize: 2 });
  await expect
    .poll(() => move.deps.prisma.backfill.findUniqueOrThrow({ where: { name: "guidance" } }), {
      timeout: 25_000,
    })
    .toMatchObject({ status: "IDLE" });
  expect(await verifyAll(move.deps)).toEqual([]);
});
