import { Client } from "pg";
import { afterEach, expect, test } from "vitest";
import { expand } from "../../migrations-backfill/core/expand.ts";
import { findUnreadable } from "../../migrations-backfill/core/findUnready.sql.ts";
import { freeze } from "../../migrations-backfill/core/freeze.ts";
import { reverse } from "../../migrations-backfill/core/reverse.ts";
import { start } from "../../migrations-backfill/core/start.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import type { TestResponse } from "../support/httpClient.ts";
import { openCompatApp } from "./support/compatApp.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { expectDone, moveAll, verifyAll } from "./support/steps.ts";

let move: TestMove;

afterEach(async () => {
  await move.stop();
});

/** Sends a request to a process that has looked at no switch yet. */
async function ask(method: "get" | "post", path: string, body?: unknown): Promise<TestResponse> {
  const app = await openCompatApp(move);
  const client = app.client.as({ "x-tenant-id": "tenant-1" });
  const answered = await (method === "get" ? client.get(path) : client.post(path, body));
  await app.stop();
  return answered;
}

async function findKey(): Promise<string> {
  const { rows } = await move.owner.query<{ key: string }>(
    `select "key" from guidance."Script" order by "id"`,
  );
  return rows[0]!.key;
}

test("an expand lets the legacy side be served from here, long before anything is frozen or moved", async () => {
  move = await openMove({ data: { scripts: 1, trapsEach: 0, tenants: 1 }, isExpanded: false });
  const key = await findKey();
  expect((await ask("get", `/guidance/scripts/${key}`)).body.code).toBe("guidance_not_here");
  expect(await findUnreadable(move.deps.prisma, guidance.legacy)).toEqual([
    'The move may not read the legacy tables yet: "expand" lets it.',
  ]);
  for (const give of [freeze, start])
    expect(await give(move.deps, guidance)).toEqual({
      kind: "refused",
      reasons: ['"guidance" has not begun: "expand" first.'],
    });
  expect(await expand(move.deps, guidance)).toEqual({ kind: "done", phase: "EXPAND", status: "IDLE" });
  expectDone(await expand(move.deps, guidance));
  expect(await findUnreadable(move.deps.prisma, guidance.legacy)).toEqual([]);
  expect(await ask("get", `/guidance/scripts/${key}`)).toMatchObject({ status: 200, body: { key } });
  expect((await ask("post", `/guidance/scripts/${key}/run`, {})).status).toBe(201);
  expect(await start(move.deps, guidance)).toMatchObject({
    kind: "refused",
    reasons: [expect.stringMatching(/the move is in phase EXPAND.*then "freeze"/)],
  });
  expect(await freeze(move.deps, guidance)).toMatchObject({ kind: "done", phase: "FREEZE" });
  expect((await ask("get", `/guidance/scripts/${key}`)).status).toBe(200);
  expect((await ask("post", `/guidance/scripts/${key}/run`, {})).body.code).toBe("guidance_frozen");
});

test("what the legacy side writes until the freeze keeps its times, also after a reverse", async () => {
  move = await openMove({ data: { scripts: 1, trapsEach: 0, tenants: 1, runs: 0 } });
  expectDone(await expand(move.deps, guidance));
  const key = await findKey();
  for (const _ of ["first", "second"]) {
    const { run } = (await ask("post", `/guidance/scripts/${key}/run`, {})).body;
    await moveAll(move.deps);
    expect(await verifyAll(move.deps)).toEqual([]);
    const moved = await move.deps.prisma.scriptRun.findFirstOrThrow({ where: { id: run.id } });
    expect(moved.startedAt.toISOString()).toBe(run.startedAt);
    expectDone(await reverse(move.deps, guidance, { acceptLoss: false }));
  }
  expect(await move.deps.prisma.backfillFinding.findMany({ where: { code: "time_out_of_range" } })).toEqual(
    [],
  );
});

test("where there are no legacy tables there is nothing to expand", async () => {
  move = await openMove({ data: { scripts: 1, trapsEach: 0 }, worker: false, isExpanded: false });
  await move.owner.query(`alter table guidance."ScriptEdge" rename to "Edge"`);
  expect(await expand(move.deps, guidance)).toEqual({
    kind: "refused",
    reasons: ['This database has no legacy tables guidance."ScriptEdge".'],
  });
});

test("a freeze waits for a write that is under way, and lets nobody wait long behind it", async () => {
  move = await openMove({ data: { scripts: 1, trapsEach: 0 }, worker: false });
  expectDone(await expand(move.deps, guidance));
  const retitle = (title: string): string => `update guidance."Script" set "title" = '${title}'`;
  await move.owner.query(`begin; ${retitle("Under way")}`);
  const frozen = freeze(move.deps, guidance);
  // It holds up whoever comes after it, until it gives way.
  const other = new Client({ connectionString: move.database.ownerUrl });
  await other.connect();
  await expect
    .poll(async () => (await other.query(`select from pg_locks where not granted`)).rowCount)
    .toBeGreaterThan(0);
  await other.query(
    `insert into guidance."ScriptAnswer" ("id", "runId", "nodeKey", "value") values ('a', 'r', 'n', '1')`,
  );
  await move.owner.query("commit");
  expect(await frozen).toMatchObject({ kind: "done", phase: "FREEZE" });
  await expect(other.query(retitle("Too late"))).rejects.toMatchObject({ code: "SC010" });
  const { rows } = await other.query(`select "title" from guidance."Script"`);
  expect(rows).toEqual([{ title: "Under way" }]);
  await other.end();
});
