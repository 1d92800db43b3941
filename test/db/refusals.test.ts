import type { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { append, appendRequest, auditRow, insertRow, logRow, someHash, versionRow } from "../support/rows.ts";
import { connect, refusalOf, refused } from "../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

let database: TestDatabase;
/** A superuser or the database's owner: no grant holds for it, so triggers must. */
let owner: Client;
let worker: Client;

// One script s1 of tenant t1 with three commands, and a script s2 of tenant t2 with one.
beforeEach(async () => {
  database = await createTestDatabase();
  owner = await connect(database.ownerUrl);
  worker = await connect(database.workerUrl);
  await append(
    owner,
    appendRequest({ scriptId: "s1", count: 3 }),
    appendRequest({ tenantId: "t2", scriptId: "s2" }),
  );
});

afterEach(async () => {
  await owner.end();
  await worker.end();
  await database.drop();
});

describe("the log", () => {
  it.each([
    ["an update", `update scripts."ScriptCommand" set "actorId" = 'somebody else'`],
    ["an update that matches no row", `update scripts."ScriptCommand" set "actorId" = 'x' where false`],
    ["a delete", `delete from scripts."ScriptCommand"`],
    ["a truncate", `truncate scripts."ScriptCommand"`],
    ["a truncate of what it hangs on", `truncate scripts."ScriptStream" cascade`],
  ])("refuses %s, from the owner too", async (_, sql) => {
    expect(await refusalOf(owner.query(sql))).toEqual(
      refused(
        "SC001",
        /on scripts\."ScriptCommand" by role \w+ refused: the log is history and is only added to/,
      ),
    );
  });

  it("refuses an update hidden in an upsert", async () => {
    const upsert = `insert into scripts."ScriptCommand" select * from scripts."ScriptCommand"
      on conflict ("tenantId", "id") do update set "note" = 'changed'`;
    expect(await refusalOf(owner.query(upsert))).toEqual(refused("SC001", /UPDATE on scripts/));
  });

  it("refuses a change with triggers switched to replica mode", async (context) => {
    const { rows } = await owner.query<{ rolsuper: boolean }>(
      "select rolsuper from pg_roles where rolname = current_user",
    );
    if (!rows[0]!.rolsuper) context.skip("only a superuser may switch");
    await owner.query("set session_replication_role = replica");
    expect(await refusalOf(owner.query(`delete from scripts."ScriptCommand"`))).toEqual(
      refused("SC001", /DELETE/),
    );
  });

  async function insertAfterMovingHead(
    head: { sequence: number; hash: string },
    ...sequences: number[]
  ): Promise<void> {
    await owner.query(
      `update scripts."ScriptStream" set "headSequence" = $1, "chainHash" = $2 where "tenantId" = 't1'`,
      [head.sequence, head.hash],
    );
    const rows = sequences.map((sequence) =>
      logRow({ scriptId: "s1", sequence, chainHash: sequence === head.sequence ? head.hash : someHash() }),
    );
    await owner.query(
      `insert into scripts."ScriptCommand"
        select row.* from jsonb_populate_recordset(null::scripts."ScriptCommand", $1::jsonb) as row`,
      [JSON.stringify(rows)],
    );
  }

  it("accepts what continues it up to the head", async () => {
    await insertAfterMovingHead({ sequence: 5, hash: someHash() }, 4, 5);
    const { rows } = await owner.query(`select max(sequence) as last from scripts."ScriptCommand"`);
    expect(rows).toEqual([{ last: 5 }]);
  });

  it.each([
    ["leaves a gap after the last command", 5, [5]],
    ["leaves a gap inside", 6, [4, 6]],
    ["ends behind the head", 5, [4]],
    ["ends beyond the head", 4, [4, 5]],
  ])("refuses an insert that %s", async (_, head, sequences) => {
    expect(
      await refusalOf(insertAfterMovingHead({ sequence: head, hash: someHash() }, ...sequences)),
    ).toEqual(
      refused("SC002", /^Script s1 of tenant t1: .* do not continue its log, whose stream ends at \d\.$/),
    );
  });

  it("refuses an insert whose last hash is not the stream's", async () => {
    await owner.query(`update scripts."ScriptStream" set "headSequence" = 4, "chainHash" = $1`, [someHash()]);
    const row = logRow({ scriptId: "s1", sequence: 4 });
    expect(await refusalOf(insertJson("ScriptCommand", row))).toEqual(refused("SC002", /Script s1/));
  });

  it("refuses a second command with the same sequence, or the same commandId", async () => {
    const { rows } = await owner.query<{ commandId: string }>(
      `select "commandId" from scripts."ScriptCommand" where "scriptId" = 's1' and sequence = 1`,
    );
    const hash = someHash();
    await owner.query(
      `update scripts."ScriptStream" set "headSequence" = 4, "chainHash" = $1 where "scriptId" = 's1'`,
      [hash],
    );
    const again = logRow({ scriptId: "s1", sequence: 4, chainHash: hash, commandId: rows[0]!.commandId });
    expect(await refusalOf(insertJson("ScriptCommand", again))).toEqual(
      refused("23505", /ScriptCommand_tenantId_scriptId_commandId_key/),
    );
    expect(await refusalOf(insertJson("ScriptCommand", logRow({ scriptId: "s1", sequence: 3 })))).toEqual(
      refused("23505", /ScriptCommand_tenantId_scriptId_sequence_key/),
    );
  });

  it.each([
    ["a hash that is not 64 hex digits", { chainHash: "A".repeat(64) }, /chainHash_is_sha256/],
    ["a hash that is too short", { chainHash: "a".repeat(63) }, /chainHash_is_sha256/],
    ["a sequence below 1", { sequence: 0 }, /numbers_in_range/],
    ["a payload that is not an object", { payload: [] as never }, /json_shapes/],
  ])("refuses %s", async (_, wrong, message) => {
    const row = { ...logRow({ scriptId: "s1", sequence: 4 }), ...wrong };
    expect(await refusalOf(insertJson("ScriptCommand", row))).toEqual(refused("23514", message));
  });

  async function insertJson(table: string, row: object): Promise<void> {
    await owner.query(
      `insert into scripts."${table}" select row.* from jsonb_populate_record(null::scripts."${table}", $1::jsonb) as row`,
      [JSON.stringify(row)],
    );
  }
});

describe("a stream", () => {
  it("never goes back", async () => {
    expect(
      await refusalOf(
        owner.query(`update scripts."ScriptStream" set "headSequence" = 2 where "scriptId" = 's1'`),
      ),
    ).toEqual(refused("SC006", /^Script s1 of tenant t1: the head cannot go back from 3 to 2\.$/));
  });

  it("is never materialized beyond its head, or below nothing", async () => {
    for (const sequence of [4, -1])
      expect(
        await refusalOf(
          worker.query(
            `update scripts."ScriptStream" set "materializedSequence" = $1 where "scriptId" = 's1'`,
            [sequence],
          ),
        ),
      ).toEqual(refused("23514", /ScriptStream_materialized_up_to_head/));
  });

  it("stays while it has commands", async () => {
    expect(await refusalOf(owner.query(`delete from scripts."ScriptStream"`))).toEqual(
      refused("23503", /ScriptCommand/),
    );
  });
});

describe("a row that points across tenants", () => {
  it("is refused wherever one row names another", async () => {
    const hash = someHash();
    await owner.query(
      `update scripts."ScriptStream" set "headSequence" = 2, "chainHash" = $1 where "tenantId" = 't2'`,
      [hash],
    );
    const attempts: [string, () => Promise<unknown>][] = [
      [
        "ScriptStream",
        () =>
          insertRow(owner, "ScriptStream", {
            tenantId: "t1",
            scriptId: "s2",
            headSequence: 1,
            chainHash: hash,
          }),
      ],
      ["ScriptVersion", () => insertRow(worker, "ScriptVersion", versionRow({ scriptId: "s2" }))],
      ["ScriptAuditLog", () => insertRow(worker, "ScriptAuditLog", auditRow({ scriptId: "s2" }))],
    ];
    for (const [table, attempt] of attempts)
      expect(await refusalOf(attempt())).toEqual(
        refused("23503", new RegExp(`${table}_tenantId_scriptId_fkey`)),
      );
  });

  it("is refused for a command of another tenant's script", async () => {
    const [row, next] = [logRow({ scriptId: "s2", sequence: 1 }), logRow({ scriptId: "s2", sequence: 2 })];
    for (const command of [row, next])
      expect(
        await refusalOf(insertRow(owner, "ScriptCommand", { ...command, patch: "[]", inversePatch: "[]" })),
      ).toEqual(refused("23503", /ScriptCommand_tenantId_scriptId_fkey/));
  });

  it("is refused for an active version of another tenant or another script", async () => {
    await append(owner, appendRequest({ scriptId: "s3" }));
    await insertRow(worker, "ScriptVersion", versionRow({ scriptId: "s1" }));
    const point = (tenantId: string, id: string) =>
      worker.query(
        `update scripts."Script" set "activeVersionId" = 's1-v1' where "tenantId" = $1 and id = $2`,
        [tenantId, id],
      );
    expect(await refusalOf(point("t2", "s2"))).toEqual(refused("23503", /activeVersionId_fkey/));
    expect(await refusalOf(point("t1", "s3"))).toEqual(refused("23503", /activeVersionId_fkey/));
  });
});
