import type { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { append, appendRequest, auditRow, insertRow, projection, versionRow } from "../support/rows.ts";
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

describe("a version", () => {
  it.each([
    ["graphJson", `"graphJson" = '{"nodes": 1}'`],
    [
      "one number in it written otherwise",
      `"graphJson" = '{"schemaVersion": 1.0, "nodes": [], "edges": []}'`,
    ],
    ["variablesDef", `"variablesDef" = '[1]'`],
    ["changelog", `changelog = 'changed'`],
    ["its hash", `"stateHash" = repeat('a', 64)`],
    ["the time of its seal", `"sealedAt" = null`],
    ["the end of its range", `"toSequence" = 2`],
  ])("that is sealed keeps %s", async (_, change) => {
    await insertRow(worker, "ScriptVersion", versionRow({}));
    expect(await refusalOf(worker.query(`update scripts."ScriptVersion" set ${change}`))).toEqual(
      refused("SC003", /^UPDATE of version 1 of script s1 of tenant t1 refused: it is sealed since /),
    );
  });

  it("that is sealed is not deleted, by the owner or by a truncate", async () => {
    await insertRow(worker, "ScriptVersion", versionRow({}));
    expect(await refusalOf(owner.query(`delete from scripts."ScriptVersion"`))).toEqual(
      refused("SC003", /DELETE of version 1/),
    );
    expect(await refusalOf(owner.query(`truncate scripts."ScriptVersion" cascade`))).toEqual(
      refused("SC003", /TRUNCATE/),
    );
  });

  it("that is sealed can be published and unpublished", async () => {
    await insertRow(worker, "ScriptVersion", versionRow({}));
    for (const published of [true, false])
      expect(
        (
          await worker.query(
            `update scripts."ScriptVersion" set "isPublished" = $1 returning "isPublished"`,
            [published],
          )
        ).rows,
      ).toEqual([{ isPublished: published }]);
  });

  it("that is open moves forward and is sealed", async () => {
    await insertRow(worker, "ScriptVersion", versionRow({ toSequence: 1, sealedAt: null }));
    await worker.query(`update scripts."ScriptVersion" set "toSequence" = 3, "graphJson" = '{"nodes": 1}'`);
    const { rowCount } = await worker.query(`update scripts."ScriptVersion" set "sealedAt" = now()`);
    expect(rowCount).toBe(1);
  });

  it("that is open cannot be published", async () => {
    await insertRow(worker, "ScriptVersion", versionRow({ sealedAt: null }));
    expect(await refusalOf(worker.query(`update scripts."ScriptVersion" set "isPublished" = true`))).toEqual(
      refused("23514", /ScriptVersion_published_is_sealed/),
    );
  });

  it("starts at 1, or right after the previous one, which is sealed", async () => {
    const next = (row: object) => insertRow(worker, "ScriptVersion", versionRow({ version: 2, ...row }));
    expect(await refusalOf(insertRow(worker, "ScriptVersion", versionRow({ fromSequence: 2 })))).toEqual(
      refused("SC004", /cannot start at 2: the previous version does not exist, so it starts at 1\./),
    );
    expect(await refusalOf(next({ fromSequence: 4, toSequence: 4 }))).toEqual(
      refused("SC004", /the previous version is missing/),
    );
    await insertRow(worker, "ScriptVersion", versionRow({ toSequence: 2, sealedAt: null }));
    expect(await refusalOf(next({ fromSequence: 3 }))).toEqual(
      refused("SC004", /the previous version is still open/),
    );
    await worker.query(`update scripts."ScriptVersion" set "sealedAt" = now()`);
    expect(await refusalOf(next({ fromSequence: 2 }))).toEqual(
      refused("SC004", /the previous version ends at 2/),
    );
    expect(await refusalOf(next({ fromSequence: 4, toSequence: 4 }))).toEqual(
      refused("SC004", /the previous version ends at 2/),
    );
    await next({ fromSequence: 3 });
  });

  it("never changes its number or where it starts", async () => {
    await insertRow(worker, "ScriptVersion", versionRow({ sealedAt: null }));
    for (const change of [`version = 2`, `"fromSequence" = 2`, `"scriptId" = 's3'`, `id = 'other'`])
      expect(await refusalOf(worker.query(`update scripts."ScriptVersion" set ${change}`))).toEqual(
        refused(
          "SC004",
          /^Version 1 of script s1 of tenant t1: its id, number and start \(1\) never change\.$/,
        ),
      );
  });

  it("has a range that holds something", async () => {
    expect(await refusalOf(insertRow(worker, "ScriptVersion", versionRow({ toSequence: 0 })))).toEqual(
      refused("23514", /ScriptVersion_range_not_empty/),
    );
  });

  it("is open once per script, and published once per script", async () => {
    await insertRow(worker, "ScriptVersion", versionRow({ toSequence: 1, isPublished: true }));
    await insertRow(worker, "ScriptVersion", versionRow({ version: 2, fromSequence: 2 }));
    const open = versionRow({ version: 3, fromSequence: 4, toSequence: 4, sealedAt: null });
    await insertRow(worker, "ScriptVersion", open);
    // A fourth one is refused for its start already: the index is what holds when two sessions insert at once.
    expect(
      (await owner.query(`select indexdef from pg_indexes where indexname = 'ScriptVersion_one_open'`))
        .rows[0],
    ).toMatchObject({ indexdef: expect.stringMatching(/UNIQUE.*WHERE \("sealedAt" IS NULL\)/) as string });
    expect(
      await refusalOf(
        worker.query(`update scripts."ScriptVersion" set "isPublished" = true where version = 2`),
      ),
    ).toEqual(refused("23505", /ScriptVersion_one_published/));
  });

  it("comes from the materializer's role alone", async () => {
    const message =
      /^(INSERT|UPDATE) on scripts\."ScriptVersion" by role \w+ refused: only the materializer writes versions/;
    expect(await refusalOf(insertRow(owner, "ScriptVersion", versionRow({})))).toEqual(
      refused("SC005", message),
    );
    await insertRow(worker, "ScriptVersion", versionRow({}));
    expect(await refusalOf(owner.query(`update scripts."ScriptVersion" set "isPublished" = true`))).toEqual(
      refused("SC005", message),
    );
  });
});

describe("the audit log", () => {
  it("comes from the materializer's role alone", async () => {
    expect(await refusalOf(insertRow(owner, "ScriptAuditLog", auditRow()))).toEqual(
      refused("SC005", /only the materializer writes the audit log/),
    );
    await insertRow(worker, "ScriptAuditLog", auditRow());
  });

  it.each([
    ["an update", `update scripts."ScriptAuditLog" set note = 'x'`],
    ["a delete", `delete from scripts."ScriptAuditLog"`],
    ["a truncate", `truncate scripts."ScriptAuditLog"`],
  ])("refuses %s, from the owner too", async (_, sql) => {
    expect(await refusalOf(owner.query(sql))).toEqual(refused("SC001", /the audit log is only added to/));
  });

  it("has one row per batch", async () => {
    const row = auditRow();
    await insertRow(worker, "ScriptAuditLog", row);
    expect(await refusalOf(insertRow(worker, "ScriptAuditLog", { ...row, id: "other" }))).toEqual(
      refused("23505", /ScriptAuditLog_tenantId_scriptId_batchId_key/),
    );
  });
});

describe("a script", () => {
  const activate = (scriptId: string, versionId: string) =>
    worker.query(`update scripts."Script" set "activeVersionId" = $2 where id = $1`, [scriptId, versionId]);

  it("is active in a sealed version of its own only", async () => {
    await insertRow(worker, "ScriptVersion", versionRow({ toSequence: 1 }));
    await insertRow(worker, "ScriptVersion", versionRow({ version: 2, fromSequence: 2, sealedAt: null }));
    expect(await refusalOf(activate("s1", "s1-v2"))).toEqual(
      refused("SC007", /^Script s1 of tenant t1: version s1-v2 is open and cannot be the active one\.$/),
    );
    expect(await refusalOf(activate("s1", "missing"))).toEqual(refused("23503", /activeVersionId_fkey/));
    await activate("s1", "s1-v1");
  });

  it("is not inserted with an open version as the active one", async () => {
    await insertRow(worker, "ScriptVersion", versionRow({ sealedAt: null }));
    const script = { ...projection({ id: "s3" }), activeVersionId: "s1-v1" };
    expect(await refusalOf(insertRow(owner, "Script", script))).toEqual(refused("SC007", /Script s3/));
  });
});
