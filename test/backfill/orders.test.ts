import { afterEach, beforeEach, expect, test } from "vitest";
import { beginVerification } from "../../migrations-backfill/core/beginVerification.ts";
import { complete, finalize } from "../../migrations-backfill/core/complete.ts";
import { cancel, pause, resume } from "../../migrations-backfill/core/control.ts";
import type { Order } from "../../migrations-backfill/core/decide.ts";
import { freezeSql, thawSql } from "../../migrations-backfill/core/legacyTables.ts";
import { runBatch } from "../../migrations-backfill/core/runBatch.ts";
import { reverse } from "../../migrations-backfill/core/reverse.ts";
import { start } from "../../migrations-backfill/core/start.ts";
import { switchReads, switchWrites } from "../../migrations-backfill/core/switchSides.ts";
import { waive } from "../../migrations-backfill/core/waive.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { newId } from "../../src/kernel/newId.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { begin, cutOver, driveToEnd, expectDone, moveAll, verifyAll, waiveAll } from "./support/steps.ts";

let move: TestMove;

beforeEach(async () => {
  move = await openMove({ data: { scripts: 3, traps: ["edge_dangling", "title_empty"] } });
});
afterEach(async () => {
  await move.stop();
});

const everybody = { tenantId: "*" } as const;

function expectRefused(order: Order, reason: RegExp): void {
  expect(order).toMatchObject({ kind: "refused", reasons: [expect.stringMatching(reason) as string] });
}

test("a move is paused, resumed, cancelled and begun again, and every order says when it is out of place", async () => {
  const { deps } = move;
  expectRefused(await pause(deps, guidance), /has not begun: "expand" first/);
  await begin(deps, { batchSize: 2, quarantineBudget: 0 });
  expectRefused(
    await start(deps, guidance),
    /cannot be done while the move is RUNNING.*"resume".*"pause".*"cancel"/,
  );
  expectRefused(await beginVerification(deps, guidance, { goesOn: false }), /while the move is RUNNING/);
  expect(await runBatch(deps, guidance)).toMatchObject({ kind: "moved", rows: 2 });
  // The batch at hand ends as it would; the next one does not begin.
  let orders = 0;
  const outcome = await runBatch(
    {
      ...deps,
      pause: async (point) =>
        void (point === "row_written" && orders++ === 0 && expectDone(await pause(deps, guidance))),
    },
    guidance,
  );
  expect(outcome).toMatchObject({ kind: "moved", rows: 2 });
  expect(await driveToEnd(deps)).toEqual([{ kind: "stopped", status: "PAUSED" }]);
  expectRefused(await pause(deps, guidance), /while the move is PAUSED.*"resume" goes on/);
  expectRefused(await start(deps, guidance), /while the move is PAUSED/);
  expectDone(await resume(deps, guidance));
  expectDone(await cancel(deps, guidance));
  expect(await driveToEnd(deps)).toEqual([{ kind: "stopped", status: "CANCELED" }]);
  expectRefused(await resume(deps, guidance), /while the move is CANCELED.*"start" walks every row again/);
  await moveAll(deps);
  expect(await deps.prisma.backfillUnit.findFirst({ where: { unit: "scripts" } })).toMatchObject({
    rowsRead: 5,
    rowsUnchanged: 4,
    rowsWritten: 1,
  });
  expectRefused(await resume(deps, guidance), /while the move is IDLE. Next: "verify"/);
  const ledger = await deps.prisma.backfillLedger.findMany({ orderBy: { id: "asc" } });
  expect(ledger.map(({ verb }) => verb)).toEqual([
    "expand",
    "expanded",
    "freeze",
    "frozen",
    "start",
    "pause",
    "resume",
    "cancel",
    "start",
  ]);
  await expect(
    move.owner.query(`update backfill."BackfillLedger" set "operator" = 'nobody'`),
  ).rejects.toMatchObject({ code: "SC001" });
  await expect(move.owner.query(`delete from backfill."BackfillLedger"`)).rejects.toMatchObject({
    code: "SC001",
  });
});

test("what a definition was told may be added to, and not be changed", async () => {
  const { deps } = move;
  await begin(deps);
  await driveToEnd(deps);
  expectDone(await start(deps, guidance, { options: { tenantForNull: "tenant-1" } }));
  await driveToEnd(deps);
  expectRefused(
    await start(deps, guidance, { options: { tenantForNull: "tenant-2" } }),
    /tenantForNull is "tenant-1" since the first start/,
  );
});

test("rows stay behind within a budget, or when somebody signs for them", async () => {
  const { deps } = move;
  await moveAll(deps);
  expect(await verifyAll(deps)).toEqual(["1 row(s) stand in quarantine; 0 are allowed."]);
  expectRefused(
    await waive(deps, guidance, { code: "no_such_code" }, { by: "Ann", note: "none" }),
    /No open row of the quarantine is like that/,
  );
  expect(
    await waive(deps, guidance, { code: "edge_dangling" }, { by: "Ann", note: "Never taken" }),
  ).toMatchObject({
    kind: "done",
    waived: 1,
  });
  expect(await verifyAll(deps)).toEqual([]);
  expect(await deps.prisma.backfillQuarantine.findFirst()).toMatchObject({
    status: "WAIVED",
    waivedBy: "Ann",
    waiverNote: "Never taken",
  });
  // The waiver outlives another walk over the rows.
  await moveAll(deps, { quarantineBudget: 5 });
  expect(await deps.prisma.backfillQuarantine.findFirst()).toMatchObject({ status: "WAIVED", attempts: 2 });
});

test("nothing is switched, finalized or dropped while anything fails", async () => {
  const { deps } = move;
  await moveAll(deps);
  expectRefused(
    await switchReads(deps, guidance, { ...everybody, to: "LEGACY", dualShare: 0.1 }),
    /"switch-reads" is for phase VERIFY, DUAL_READ, CUTOVER; the move is in phase BACKFILL. Next: "verify"/,
  );
  await verifyAll(deps);
  expectRefused(
    await switchReads(deps, guidance, { ...everybody, to: "LEGACY", dualShare: 0.1 }),
    /1 row\(s\) stand in quarantine/,
  );
  await waiveAll(deps);
  expectRefused(
    await switchReads(deps, guidance, { ...everybody, to: "CANONICAL", dualShare: 0 }),
    /No read has been compared yet/,
  );
  expectDone(await switchReads(deps, guidance, { ...everybody, to: "LEGACY", dualShare: 0.5 }));
  const difference = {
    backfill: "guidance",
    tenantId: "tenant-1",
    operation: "getScript",
    subject: "s",
    diffJson: [],
  };
  await deps.prisma.backfillDifference.create({
    data: { ...difference, id: newId(), isIgnored: false, createdAt: new Date() },
  });
  await deps.prisma.backfillDifference.create({
    data: { ...difference, id: newId(), isIgnored: true, tenantId: "tenant-2", createdAt: new Date() },
  });
  // How many reads must be compared has a test of its own.
  const toCanonical = { to: "CANONICAL", dualShare: 0, waiver: { by: "Ann", note: "no clients" } } as const;
  expectRefused(
    await switchReads(deps, guidance, { ...everybody, ...toCanonical }),
    /1 read\(s\) were answered differently/,
  );
  expectRefused(
    await switchReads(deps, guidance, { tenantId: "tenant-1", ...toCanonical }),
    /1 read\(s\) were answered differently/,
  );
  expectRefused(
    await switchWrites(deps, guidance, { tenantId: "tenant-2", to: "CANONICAL" }),
    /still come from the legacy side/,
  );
  expectDone(await switchReads(deps, guidance, { tenantId: "tenant-2", ...toCanonical }));
  expectDone(await switchWrites(deps, guidance, { tenantId: "tenant-2", to: "CANONICAL" }));
  expectRefused(
    await switchReads(deps, guidance, { tenantId: "tenant-2", to: "LEGACY", dualShare: 0 }),
    /Writes of "tenant-2" go to the canonical side: "switch-writes --to legacy" first/,
  );
  expect(await finalize(deps, guidance)).toEqual({
    kind: "refused",
    reasons: ['Tenant "*" still reads from or writes to the legacy side.'],
  });
  // The difference is dealt with: the count begins anew.
  expectDone(await switchReads(deps, guidance, { ...everybody, to: "LEGACY", dualShare: 1 }));
  expectDone(await switchReads(deps, guidance, { ...everybody, ...toCanonical }));
  expectDone(await switchWrites(deps, guidance, { ...everybody, to: "CANONICAL" }));
  // A tenant's own switch begins where everybody's stands.
  expectDone(await switchReads(deps, guidance, { tenantId: "tenant-3", ...toCanonical, dualShare: 0.2 }));
  expect(await deps.prisma.backfillSwitch.findFirst({ where: { tenantId: "tenant-3" } })).toMatchObject({
    reads: "CANONICAL",
    writes: "CANONICAL",
  });
  // Done is a property of the data and not of what was once found: it is asked again.
  await move.deps.runOwnerSql(thawSql(guidance.legacy));
  expectRefused(await finalize(deps, guidance), /"legacy_tables_are_frozen" is broken by 7 row\(s\)/);
  await move.deps.runOwnerSql(freezeSql(guidance.legacy));
  expectDone(await finalize(deps, guidance));
  expectRefused(await start(deps, guidance), /"start" is for phase FREEZE.*the move is in phase SOAK/);
});

test("a complete that dies before the last table is given again, and until then there is no way back", async () => {
  const { deps } = move;
  await moveAll(deps);
  await waiveAll(deps);
  expect(await verifyAll(deps)).toEqual([]);
  await cutOver(deps);
  expectDone(await finalize(deps, guidance));
  expect(await complete(deps, guidance, { acceptLoss: false })).toMatchObject({
    kind: "refused",
    losses: [{ what: "ScriptEdge (edge_dangling)", count: 1 }],
  });
  const dies = { ...deps, runOwnerSql: () => Promise.reject(new Error("killed")) };
  await expect(complete(dies, guidance, { acceptLoss: true })).rejects.toThrow("killed");

  expectRefused(
    await reverse(deps, guidance, { acceptLoss: true }),
    /the move is in phase CONTRACT.*"complete" again/,
  );
  expectDone(await complete(deps, guidance, { acceptLoss: true }));
  expectRefused(
    await complete(deps, guidance, { acceptLoss: true }),
    /The move is over; there is no way back/,
  );
});
