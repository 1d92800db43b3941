import type { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { append, appendRequest, insertRow, versionRow } from "../support/rows.ts";
import { connect, refusalOf, refused } from "../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

let database: TestDatabase;
/** A superuser or the database's owner: no grant holds for it, so triggers must. */
let owner: Client;

// Script s1 of tenant t1 with a sealed version 1 and an open version 2, and a run r1 of version 1.
beforeEach(async () => {
  database = await createTestDatabase();
  owner = await connect(database.ownerUrl);
  const worker = await connect(database.workerUrl);
  await append(owner, appendRequest({ scriptId: "s1", count: 4 }));
  await insertRow(worker, "ScriptVersion", versionRow({}));
  await insertRow(
    worker,
    "ScriptVersion",
    versionRow({ version: 2, fromSequence: 4, toSequence: 4, sealedAt: null }),
  );
  await worker.end();
  await insertRow(owner, "ScriptRun", runRow());
});

afterEach(async () => {
  await owner.end();
  await database.drop();
});

const AT = "2026-01-02T03:04:05.678Z";

function runRow(row: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    tenantId: "t1",
    id: "r1",
    scriptId: "s1",
    version: 1,
    correlationId: "c1",
    state: {},
    startedAt: AT,
    updatedAt: AT,
    ...row,
  };
}

function variableRow(row: Record<string, unknown> = {}): Record<string, unknown> {
  return { tenantId: "t1", id: newId(), runId: "r1", key: "age", numVal: 1, updatedAt: AT, ...row };
}

function entryRow(row: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    tenantId: "t1",
    runId: "r1",
    ordinal: 1,
    requestId: "q1",
    actorId: "u1",
    entry: {},
    occurredAt: AT,
    ...row,
  };
}

const finish = () => owner.query(`update scripts."ScriptRun" set status = 'FAILED', "endedAt" = '${AT}'`);

describe("a run", () => {
  it.each([
    ["a version that is open", { version: 2 }],
    ["a version that is not there", { version: 9 }],
    ["a script that is not there", { scriptId: "s9" }],
    ["a version of another tenant", { tenantId: "t2" }],
  ])("does not start on %s", async (_, row) => {
    expect(await refusalOf(insertRow(owner, "ScriptRun", runRow({ id: "r2", ...row })))).toEqual(
      refused("SC008", /^Run r2 of tenant t\d cannot start: script s\d has no sealed version \d\.$/),
    );
  });

  it.each([
    ["script", `"scriptId" = 's2'`],
    ["version", `version = 2`],
    ["tenant", `"tenantId" = 't2'`],
    ["id", `id = 'r2'`],
    ["correlation id", `"correlationId" = 'c2'`],
    ["start", `"startedAt" = now()`],
  ])("keeps its %s", async (_, change) => {
    expect(await refusalOf(owner.query(`update scripts."ScriptRun" set ${change}`))).toEqual(
      refused(
        "SC008",
        /^UPDATE of run r1 of tenant t1 refused: its script, version, correlation id and start never change\.$/,
      ),
    );
  });

  it.each([
    ["moves on", `"updatedAt" = now()`],
    ["runs again", `status = 'RUNNING', "endedAt" = null`],
    ["ends otherwise", `status = 'SUCCEEDED'`],
    ["loses its state", `state = null`],
  ])("that is finished never %s", async (_, change) => {
    await finish();
    expect(await refusalOf(owner.query(`update scripts."ScriptRun" set ${change}`))).toEqual(
      refused("SC008", /^UPDATE of run r1 of tenant t1 refused: it is FAILED since 2026-01-02/),
    );
  });

  it("that is finished is not deleted, by the owner, by a truncate or in replica mode", async (context) => {
    await finish();
    expect(await refusalOf(owner.query(`delete from scripts."ScriptRun"`))).toEqual(
      refused("SC008", /^DELETE of run r1/),
    );
    expect(await refusalOf(owner.query(`truncate scripts."ScriptRun" cascade`))).toEqual(
      refused("SC008", /TRUNCATE/),
    );
    const isSuper = await owner.query("select rolsuper from pg_roles where rolname = current_user");
    if (isSuper.rows[0].rolsuper !== true) context.skip("only a superuser may switch to replica mode");
    await owner.query("set session_replication_role = replica");
    expect(await refusalOf(owner.query(`delete from scripts."ScriptRun"`))).toEqual(
      refused("SC008", /^DELETE of run r1/),
    );
  });

  it("has an end when it is finished, and waits for no action then", async () => {
    const set = (change: string) => refusalOf(owner.query(`update scripts."ScriptRun" set ${change}`));
    expect(await set(`status = 'FAILED'`)).toEqual(refused("23514", /ScriptRun_ended_when_final/));
    expect(await set(`"endedAt" = now()`)).toEqual(refused("23514", /ScriptRun_ended_when_final/));
    expect(await set(`status = 'FAILED', "endedAt" = now(), "actionDueAt" = now()`)).toEqual(
      refused("23514", /ScriptRun_waits_while_running/),
    );
  });
});

describe("the log of a run", () => {
  it("is only added to", async () => {
    await insertRow(owner, "ScriptRunLog", entryRow());
    for (const change of [
      `update scripts."ScriptRunLog" set "actorId" = 'u2'`,
      `delete from scripts."ScriptRunLog"`,
      `truncate scripts."ScriptRunLog"`,
    ])
      expect(await refusalOf(owner.query(change))).toEqual(
        refused(
          "SC008",
          /on scripts\."ScriptRunLog" by role \w+ refused: what happened in a run is only added/,
        ),
      );
  });

  it("has one entry of each number", async () => {
    await insertRow(owner, "ScriptRunLog", entryRow());
    expect((await refusalOf(insertRow(owner, "ScriptRunLog", entryRow()))).code).toBe("23505");
    expect((await refusalOf(insertRow(owner, "ScriptRunLog", entryRow({ ordinal: 0 })))).code).toBe("23514");
  });
});

describe("a variable of a run", () => {
  it("has exactly one value", async () => {
    for (const row of [{ numVal: null }, { strVal: "a" }, { boolVal: true }, { jsonVal: "{}" }])
      expect(await refusalOf(insertRow(owner, "RunVariable", variableRow(row)))).toEqual(
        refused("23514", /RunVariable_one_value/),
      );
    for (const row of [{ strVal: "" }, { boolVal: false }, { numVal: 0 }, { jsonVal: "{}" }])
      await insertRow(owner, "RunVariable", variableRow({ numVal: null, key: Object.keys(row)[0], ...row }));
  });

  it("is there once per key", async () => {
    await insertRow(owner, "RunVariable", variableRow());
    expect((await refusalOf(insertRow(owner, "RunVariable", variableRow()))).code).toBe("23505");
  });

  it("stays when the run is finished", async () => {
    await insertRow(owner, "RunVariable", variableRow());
    await finish();
    const message = /of variable \w+ of run r1 of tenant t1 refused: the run is FAILED\.$/;
    expect(await refusalOf(owner.query(`update scripts."RunVariable" set "numVal" = 2`))).toEqual(
      refused("SC008", message),
    );
    expect(await refusalOf(owner.query(`delete from scripts."RunVariable"`))).toEqual(
      refused("SC008", message),
    );
    expect(await refusalOf(insertRow(owner, "RunVariable", variableRow({ key: "name" })))).toEqual(
      refused("SC008", message),
    );
  });

  it("comes with a finished run that is brought in from elsewhere, and then stays", async () => {
    const imported = runRow({ id: "r2", status: "SUCCEEDED", endedAt: AT });
    await owner.query("begin");
    await insertRow(owner, "ScriptRun", imported);
    await insertRow(owner, "RunVariable", variableRow({ runId: "r2" }));
    await owner.query("commit");
    const more = variableRow({ runId: "r2", key: "name" });
    expect((await refusalOf(insertRow(owner, "RunVariable", more))).code).toBe("SC008");
    expect((await refusalOf(owner.query(`delete from scripts."RunVariable"`))).code).toBe("SC008");
  });
});

describe.each(["apiUrl", "workerUrl"] as const)("the role of %s", (url) => {
  let client: Client;
  beforeEach(async () => {
    client = await connect(database[url]);
    await client.query("select set_config('app.tenant_id', 't1', false)");
  });
  afterEach(() => client.end());

  it("starts and moves runs", async () => {
    await insertRow(client, "ScriptRun", runRow({ id: "r2" }));
    await insertRow(client, "RunVariable", variableRow({ runId: "r2" }));
    await insertRow(client, "ScriptRunLog", entryRow({ runId: "r2" }));
    const { rowCount } = await client.query(
      `update scripts."ScriptRun" set "logLength" = 1, "currentNodeId" = 'n' where id = 'r2'`,
    );
    expect(rowCount).toBe(1);
    await client.query(`select 1 from scripts."ScriptRun" where id = 'r2' for update`);
  });

  it.each([
    ["delete a run", `delete from scripts."ScriptRun"`],
    ["change what a run is about", `update scripts."ScriptRun" set "subjectId" = 'x'`],
    ["change the log", `update scripts."ScriptRunLog" set "actorId" = 'x'`],
    ["switch a trigger off", `alter table scripts."ScriptRun" disable trigger all`],
  ])("cannot %s", async (_, sql) => {
    expect((await refusalOf(client.query(sql))).code).toMatch(/^(42501|SC008)$/);
  });
});
