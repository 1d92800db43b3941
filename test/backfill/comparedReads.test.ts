import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countCompared, EVERYBODY } from "../../migrations-backfill/core/comparedReads.ts";
import { start } from "../../migrations-backfill/core/start.ts";
import { switchReads } from "../../migrations-backfill/core/switchSides.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import type { TestApp } from "../support/startApp.ts";
import { openCompatApp } from "./support/compatApp.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { expectDone, moveAll, verifyAll, waiveAll } from "./support/steps.ts";

let move: TestMove;
let app: TestApp | undefined;

beforeEach(async () => {
  move = await openMove({ data: { scripts: 6, trapsEach: 0, tenants: 2 } });
  await moveAll(move.deps);
  await verifyAll(move.deps);
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  await move.stop();
});

const toCanonical = { to: "CANONICAL", dualShare: 0 } as const;
const refusedWith = (reason: RegExp) => ({
  kind: "refused",
  reasons: [expect.stringMatching(reason) as string],
});

/** Reads each script that a tenant is served once, and one that is not there; gives how many were. */
async function readAll(tenantId: string): Promise<number> {
  const { rows } = await move.owner.query<{ key: string }>(
    `select "key" from guidance."Script" as script where "tenantId" = $1 and exists (
       select from guidance."ScriptVersion" where "scriptId" = script."id" and "status" = 'ACTIVE')`,
    [tenantId],
  );
  app ??= await openCompatApp(move);
  const client = app.client.as({ "x-tenant-id": tenantId });
  for (const { key } of rows) {
    const before = await readsOf(key);
    expect((await client.get(`/guidance/scripts/${key}`)).status).toBe(200);
    // One after the other: of many at once some are not compared.
    await vi.waitFor(async () => expect(await readsOf(key)).toBe(before + 1), { timeout: 20_000 });
  }
  expect((await client.get("/guidance/scripts/none")).status).toBe(404);
  return rows.length;
}

const readsOf = async (subject: string): Promise<number> =>
  (await move.deps.prisma.backfillComparison.findFirst({ where: { subject } }))?.reads ?? 0;
const compared = (tenantId: string) => countCompared(move.deps.prisma, guidance, tenantId);

test("a cutover wants as many compared reads as were asked for; what neither side has does not count", async () => {
  const share = { tenantId: EVERYBODY, to: "LEGACY", dualShare: 1 } as const;
  expectDone(await switchReads(move.deps, guidance, share));
  const one = await readAll("tenant-1");
  expect(one).toBeGreaterThan(1);
  expect(await compared("tenant-1")).toMatchObject({ reads: one, subjects: one });
  expect(await compared(EVERYBODY)).toMatchObject({ reads: one, subjects: one });
  // Without another number it is a hundred.
  expect(await switchReads(move.deps, guidance, { tenantId: EVERYBODY, ...toCanonical })).toMatchObject(
    refusedWith(new RegExp(`^${one} read\\(s\\) were compared since the share was set, and 100 are wanted`)),
  );
  // A share that is set again begins to count anew.
  expectDone(await switchReads(move.deps, guidance, { ...share, minCompared: 2 * one }));
  expect(await compared(EVERYBODY)).toMatchObject({ reads: 0, subjects: 0, wanted: 2 * one });
  await readAll("tenant-1");
  await readAll("tenant-1");
  expect(await compared("tenant-1")).toMatchObject({ reads: 2 * one, subjects: one });
  // What others read says nothing about a tenant.
  expect(await switchReads(move.deps, guidance, { tenantId: "tenant-2", ...toCanonical })).toMatchObject(
    refusedWith(/^0 read\(s\) were compared/),
  );
  expectDone(await switchReads(move.deps, guidance, { tenantId: "tenant-1", ...toCanonical }));
  // And who has a switch of its own is not everybody any more.
  expect(await compared(EVERYBODY)).toMatchObject({ reads: 0 });
});

test("what was signed to stay behind is missed, and does not keep the rest from its cutover", async () => {
  await move.stop();
  move = await openMove({ data: { scripts: 1, traps: ["version_number_invalid"], tenants: 1 } });
  await moveAll(move.deps);
  await waiveAll(move.deps);
  expect(await verifyAll(move.deps)).toEqual([]);
  const share = { tenantId: EVERYBODY, to: "LEGACY", dualShare: 1, minCompared: 2 } as const;
  expectDone(await switchReads(move.deps, guidance, share));
  expect(await readAll("tenant-1")).toBe(2);
  expect(await move.deps.prisma.backfillDifference.findMany()).toMatchObject([
    { isIgnored: true, diffJson: [{ op: "replace", path: "", value: null }] },
  ]);
  expect(await compared(EVERYBODY)).toMatchObject({ reads: 2, differing: 0 });
  expectDone(await switchReads(move.deps, guidance, { tenantId: EVERYBODY, ...toCanonical }));
});

test("somebody may sign that too few are enough, which is written down", async () => {
  const waiver = { by: "ann", note: "no client is left" };
  expect(await switchReads(move.deps, guidance, { tenantId: EVERYBODY, ...toCanonical })).toMatchObject(
    refusedWith(/^No read has been compared yet/),
  );
  expectDone(await switchReads(move.deps, guidance, { tenantId: EVERYBODY, ...toCanonical, waiver }));
  expect(await move.deps.prisma.backfillLedger.findFirst({ where: { verb: "switch-reads" } })).toMatchObject({
    details: { to: "CANONICAL", waiver },
  });
});

test("a start forgets what was compared, because the rows are moved again", async () => {
  expectDone(
    await switchReads(move.deps, guidance, {
      tenantId: EVERYBODY,
      to: "LEGACY",
      dualShare: 1,
      minCompared: 1,
    }),
  );
  const one = await readAll("tenant-1");
  expect(await compared(EVERYBODY)).toMatchObject({ reads: one, subjects: one });
  expectDone(await start(move.deps, guidance));
  expect(await compared(EVERYBODY)).toMatchObject({ since: null, reads: 0 });
  expect(await move.deps.prisma.backfillSwitch.findFirst()).toMatchObject({ dualShare: 0, minCompared: 1 });
});
