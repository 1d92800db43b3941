import { afterEach, beforeEach, expect, test } from "vitest";
import { complete, finalize } from "../../migrations-backfill/core/complete.ts";
import { freeze } from "../../migrations-backfill/core/freeze.ts";
import { thawSql } from "../../migrations-backfill/core/legacyTables.ts";
import { switchReads } from "../../migrations-backfill/core/switchSides.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { openCompatApp } from "./support/compatApp.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { cutOver, expectDone, moveAll, verifyAll } from "./support/steps.ts";

/* What a superuser does behind the back of a move that was verified. */

let move: TestMove;

beforeEach(async () => {
  move = await openMove({ data: { scripts: 5, trapsEach: 0, tenants: 1 } });
  await moveAll(move.deps);
  await verifyAll(move.deps);
  await cutOver(move.deps);
});
afterEach(async () => {
  move.database.allowUnsound("rows are damaged behind the back of the service");
  await move.stop();
});

/** Ids of the nth script and of the nth run. */
const script = (n: number): string =>
  `(select "id" from guidance."Script" order by "id" limit 1 offset ${n})`;
const run = (n: number): string =>
  `(select "id" from guidance."ScriptRun" order by "id" limit 1 offset ${n})`;
const versionsOf = (n: number): string =>
  `select "id" from guidance."ScriptVersion" where "scriptId" = ${script(n)}`;
const answerOf = (n: number): string =>
  `(select "id" from guidance."ScriptAnswer" where "runId" = ${run(n)} order by "id" limit 1)`;

/** What is changed, each in another row, and the check that says so. */
const DAMAGES: readonly (readonly [what: string, sql: string, broken: string])[] = [
  [
    "a legacy title",
    `update guidance."Script" set "title" = 'Other' where "id" = ${script(0)}`,
    "scripts_agree",
  ],
  [
    "a legacy node",
    `update guidance."ScriptNode" set "prompt" = 'Other' where "scriptVersionId" in (${versionsOf(1)})`,
    "scripts_agree",
  ],
  [
    "a command of the log",
    `update scripts."ScriptCommand" set "payload" = jsonb_set("payload", '{name}', '"Other"')
     where "scriptId" = ${script(2)} and "type" = 'Scripts.CreateScript'`,
    "scripts_agree",
  ],
  [
    "a version that clients are served",
    `update scripts."ScriptVersion" set "graphJson" = jsonb_set("graphJson", '{nodes,0,data,prompt}', '"Other"')
     where "scriptId" = ${script(3)} and "version" = 1`,
    "scripts_agree",
  ],
  [
    "an entry of the id map",
    `delete from backfill."BackfillIdMap" where "legacyId" in (${versionsOf(4)} limit 1)`,
    "every_version_is_somewhere",
  ],
  [
    "a legacy answer",
    `update guidance."ScriptAnswer" set "value" = '"Other"' where "id" = ${answerOf(0)}`,
    "runs_agree",
  ],
  [
    "a legacy run's cursor",
    `update guidance."ScriptRun" set "state" = '{"cursor": "start"}' where "id" = ${run(1)}`,
    "runs_agree",
  ],
  [
    "a run's place",
    `update scripts."ScriptRun" set "currentNodeId" = 'nowhere' where "id" = ${run(2)}`,
    "runs_agree",
  ],
  [
    "a run's variable",
    `update scripts."RunVariable" set "strVal" = 'Other', "numVal" = null, "boolVal" = null, "jsonVal" = null
     where "id" = (select "id" from scripts."RunVariable" where "runId" = ${run(3)} order by "id" limit 1)`,
    "runs_agree",
  ],
  [
    "a run's log",
    `update scripts."ScriptRunLog" set "entry" = jsonb_set("entry", '{kind}', '"other"')
     where "runId" = ${run(4)} and "ordinal" = 1`,
    "runs_agree",
  ],
  [
    "a legacy answer that is gone",
    `delete from guidance."ScriptAnswer" where "id" = ${answerOf(0)}`,
    "moved_rows_have_their_legacy_rows",
  ],
];

test("each change of a row on either side is seen before the last steps", async () => {
  const violations = async (invariant: string): Promise<number> => {
    const where = { backfill_invariant: { backfill: "guidance", invariant } };
    return (await move.deps.prisma.backfillCheck.findUniqueOrThrow({ where })).violations;
  };
  for (const [what, sql, broken] of DAMAGES) {
    const before = await violations(broken);
    await asSuperuser(sql);
    expect(await finalize(move.deps, guidance)).toMatchObject({ kind: "refused" });
    expect([what, await violations(broken)]).toEqual([what, before + 1]);
  }
});

test("what was changed between the last two steps keeps the legacy tables there", async () => {
  expectDone(await finalize(move.deps, guidance));
  await asSuperuser(DAMAGES[0]![1]);
  expect(await complete(move.deps, guidance, { acceptLoss: true })).toMatchObject({
    kind: "refused",
    reasons: ['"scripts_agree" is broken by 1 row(s).'],
  });
});

test("tables that were thawed and frozen again must be verified anew, whatever was found before", async () => {
  await move.deps.runOwnerSql(thawSql(guidance.legacy));
  const again = {
    tenantId: "*",
    to: "CANONICAL",
    dualShare: 0,
    waiver: { by: "test", note: "nobody reads here" },
  } as const;
  expect(await switchReads(move.deps, guidance, again)).toMatchObject({
    kind: "refused",
    reasons: ['"legacy_tables_are_frozen" is broken by 7 row(s).'],
  });
  expectDone(await freeze(move.deps, guidance));
  expect(await switchReads(move.deps, guidance, again)).toMatchObject({
    kind: "refused",
    reasons: expect.arrayContaining(['Unit "scripts" has not been verified to its end.']) as unknown,
  });
  // One that finds them frozen changes nothing.
  expect(await verifyAll(move.deps)).toEqual([]);
  expectDone(await freeze(move.deps, guidance));
  expectDone(await switchReads(move.deps, guidance, again));
});

test("runs that go on after the cutover disturb nothing", async () => {
  const app = await openCompatApp(move);
  const { rows } = await move.owner.query<{ id: string; cursor: string }>(
    `select "id", "state" ->> 'cursor' as cursor from guidance."ScriptRun" where "completedAt" is null`,
  );
  const client = app.client.as({ "x-tenant-id": "tenant-1" });
  for (const { id, cursor } of rows) {
    await client.post(`/guidance/runs/${id}/answer`, { nodeKey: cursor, value: "yes" });
    const moved = await client.post(`/guidance/runs/${id}/advance`);
    expect(moved.status).toBe(200);
    const nodeKey = moved.body.node?.key as string | undefined;
    if (nodeKey) await client.post(`/guidance/runs/${id}/answer`, { nodeKey, value: "no" });
  }
  expect(rows.length).toBeGreaterThan(0);
  await app.stop();
  expect(await verifyAll(move.deps)).toEqual([]);
  expectDone(await finalize(move.deps, guidance));
});

/** Past triggers and checks. */
async function asSuperuser(sql: string): Promise<void> {
  const tables = [
    ...guidance.legacy.tables.map((table) => `guidance."${table}"`),
    ...["ScriptCommand", "ScriptVersion", "ScriptRun", "ScriptRunLog", "RunVariable"].map(
      (table) => `scripts."${table}"`,
    ),
  ];
  const all = (what: string): string =>
    tables.map((table) => `alter table ${table} ${what} trigger user;`).join("\n");
  await move.owner.query(all("disable"));
  const { rowCount } = await move.owner.query(sql);
  expect(rowCount).toBeGreaterThan(0);
  await move.owner.query(all("enable"));
  // As it was: also where triggers are left out.
  await move.owner.query(
    guidance.legacy.tables
      .map((table) => `alter table guidance."${table}" enable always trigger "frozen";`)
      .join("\n"),
  );
}
