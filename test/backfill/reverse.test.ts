import { afterEach, beforeEach, expect, test } from "vitest";
import { finalize } from "../../migrations-backfill/core/complete.ts";
import { start } from "../../migrations-backfill/core/start.ts";
import { reverse } from "../../migrations-backfill/core/reverse.ts";
import { switchReads } from "../../migrations-backfill/core/switchSides.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { openWriter } from "../support/openWriter.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { cutOver, expectDone, moveAll, readWritten, verifyAll } from "./support/steps.ts";

let move: TestMove;
let ids: string[];

beforeEach(async () => {
  move = await openMove({ data: { scripts: 4, trapsEach: 0, tenants: 1 } });
  const { rows } = await move.owner.query<{ id: string }>(`select "id" from guidance."Script" order by "id"`);
  ids = rows.map(({ id }) => id);
});
afterEach(async () => {
  await move.stop();
});

const statuses = async (): Promise<string[]> =>
  (await move.deps.prisma.script.findMany({ orderBy: { id: "asc" } })).map(({ status }) => status);

/** To the cutover, with a clean verification. */
async function moveAndCutOver(): Promise<void> {
  await moveAll(move.deps);
  expect(await verifyAll(move.deps)).toEqual([]);
  await cutOver(move.deps);
}

async function editNatively(scriptId: string): Promise<void> {
  const writer = await openWriter(move.database.apiUrl);
  const command = { command: "Scripts.UpdateDetails.v1", payload: { name: "Edited by a person" } };
  const outcome = await writer.submit(scriptId, [command], { tenantId: "tenant-1" });
  expect(outcome).toMatchObject({ kind: "accepted" });
  await writer.close();
}

test("leads back from the cutover: legacy tables take writes, moved scripts are archived, nobody is served from them", async () => {
  await moveAndCutOver();
  expect(await reverse(move.deps, guidance, { acceptLoss: false })).toMatchObject({
    kind: "done",
    phase: "EXPAND",
    losses: [{ count: 0 }, { count: 0 }],
  });
  expect(await statuses()).toEqual(["ARCHIVED", "ARCHIVED", "ARCHIVED", "ARCHIVED"]);
  expect(await move.deps.prisma.backfillSwitch.findMany()).toMatchObject([
    { reads: "LEGACY", writes: "LEGACY" },
  ]);
  expect(await move.deps.prisma.backfillIdMap.count({ where: { takenBackAt: null } })).toBe(0);
  await move.owner.query(`update guidance."Script" set "title" = 'Writable' where "id" = $1`, [ids[0]]);
  const { rows } = await move.owner.query(`select to_regnamespace('guidance_compat')::text as there`);
  expect(rows).toEqual([{ there: null }]);
});

test("begun again after it everything comes back into use, with what changed on the legacy side meanwhile", async () => {
  await moveAndCutOver();
  const before = await readWritten(move.deps);
  expectDone(await reverse(move.deps, guidance, { acceptLoss: false }));
  const [retitled, grown, ongoing] = ids;
  // Another title; a version more, which is the one that is served; a run that went on.
  await move.owner.query(`update guidance."Script" set "title" = 'Renamed' where "id" = $1`, [retitled]);
  const { rows: versions } = await move.owner.query<{ id: string; version: number }>(
    `select "id", "version" from guidance."ScriptVersion" where "scriptId" = $1 order by "version"`,
    [grown],
  );
  const last = versions.at(-1)!;
  await move.owner.query(
    `update guidance."ScriptVersion" set "status" = 'ARCHIVED' where "scriptId" = $1 and "status" = 'ACTIVE'`,
    [grown],
  );
  await move.owner.query(
    `insert into guidance."ScriptVersion" ("id", "scriptId", "version", "status", "notes", "createdAt", "publishedAt")
     values ('more', $1, $2, 'ACTIVE', 'One more', now(), now())`,
    [grown, last.version + 1],
  );
  await move.owner.query(
    `insert into guidance."ScriptNode" ("id", "scriptVersionId", "key", "type", "title", "orderIndex")
     values ('more-1', 'more', 'start', 'START', 'Hello', 0), ('more-2', 'more', 'end', 'END', 'Bye', 1)`,
  );
  await move.owner.query(
    `insert into guidance."ScriptEdge" ("id", "scriptVersionId", "fromNodeId", "toNodeId")
     values ('more-e', 'more', 'more-1', 'more-2')`,
  );
  const { rows: runs } = await move.owner.query<{ id: string }>(
    `select "id" from guidance."ScriptRun" where "completedAt" is null order by "id" limit 1`,
  );
  await move.owner.query(
    `insert into guidance."ScriptAnswer" ("id", "runId", "nodeKey", "value", "answeredAt")
     values ('late', $1, 'n2', '"Bea"', '2030-01-01')`,
    [runs[0]!.id],
  );
  await moveAll(move.deps);
  expect(await move.deps.prisma.backfillQuarantine.findMany()).toEqual([]);
  expect(await verifyAll(move.deps)).toEqual([]);
  expect(await statuses()).not.toContain("ARCHIVED");
  expect(await move.deps.prisma.script.findFirst({ where: { id: retitled! } })).toMatchObject({
    name: "Renamed",
  });
  expect(await move.deps.prisma.script.findFirst({ where: { id: grown! } })).toMatchObject({
    latestVersion: last.version + 1,
    activeVersionId: `${grown}-v${last.version + 1}`,
  });
  const after = await readWritten(move.deps);
  expect(after).toMatchObject({ runs: before.runs, runLog: before.runLog + 1 });
  // What nothing was changed in is archived and back: two commands more.
  const headOf = (written: typeof before, id: string) =>
    written.heads.find(({ scriptId }) => scriptId === id)!.headSequence;
  expect(headOf(after, ongoing!) - headOf(before, ongoing!)).toBe(2);
  await cutOver(move.deps);
  expectDone(await finalize(move.deps, guidance));
});

test("is refused while it would hide what people did meanwhile, says what, and is honest once it is accepted", async () => {
  await moveAndCutOver();
  expectDone(await finalize(move.deps, guidance));
  await editNatively(ids[1]!);
  // Native edits do not disturb a verification of what was moved.
  expect(await verifyAll(move.deps)).toEqual([]);
  expect(await reverse(move.deps, guidance, { acceptLoss: false })).toMatchObject({
    kind: "refused",
    reasons: [expect.stringMatching(/would not be seen any more.*--accept-loss/)],
    losses: [{ what: "edits of moved scripts", count: 1, examples: [ids[1]] }, { count: 0 }],
  });
  expect(await statuses()).not.toContain("ARCHIVED");
  expectDone(await reverse(move.deps, guidance, { acceptLoss: true }));
  const ledger = await move.deps.prisma.backfillLedger.findFirstOrThrow({ where: { verb: "reverse" } });
  expect(ledger.details).toMatchObject({ acceptLoss: true, losses: [{ count: 1 }, { count: 0 }] });
  // The log keeps the edit; the legacy side counts again, and a move that is begun anew follows it.
  await moveAll(move.deps);
  expect(await verifyAll(move.deps)).toEqual([]);
  const { rows } = await move.owner.query<{ title: string }>(
    `select "title" from guidance."Script" where "id" = $1`,
    [ids[1]],
  );
  expect(await move.deps.prisma.script.findFirst({ where: { id: ids[1]! } })).toMatchObject({
    name: rows[0]!.title,
  });
});

test("one that is cut short is given again, and nothing else may be done until then", async () => {
  await moveAndCutOver();
  const dies = { ...move.deps, runOwnerSql: () => Promise.reject(new Error("killed")) };
  await expect(reverse(dies, guidance, { acceptLoss: false })).rejects.toThrow("killed");
  for (const order of [
    await switchReads(move.deps, guidance, { tenantId: "*", to: "CANONICAL", dualShare: 0 }),
    await finalize(move.deps, guidance),
  ])
    expect(order).toMatchObject({
      kind: "refused",
      reasons: [expect.stringMatching(/A reverse was cut short. Next: "reverse" again/)],
    });
  expect(await start(move.deps, guidance)).toMatchObject({ kind: "refused" });
  expectDone(await reverse(move.deps, guidance, { acceptLoss: false }));
  await moveAll(move.deps);
  expect(await verifyAll(move.deps)).toEqual([]);
});
