import type { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { insertRow } from "../support/rows.ts";
import { connect, refusalOf, refused } from "../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

let database: TestDatabase;
/** A superuser or the database's owner: no grant holds for it, so triggers must. */
let owner: Client;
let worker: Client;
let api: Client;

beforeEach(async () => {
  database = await createTestDatabase();
  owner = await connect(database.ownerUrl);
  worker = await connect(database.workerUrl);
  api = await connect(database.apiUrl);
  await api.query("select set_config('app.tenant_id', 't1', false)");
  await insertRow(api, "CommandOutbox", command());
});
afterEach(async () => {
  await owner.end();
  await worker.end();
  await api.end();
  await database.drop();
});

function command(row: Record<string, unknown> = {}): Record<string, unknown> {
  const at = "2026-01-02T03:04:05.678Z";
  return {
    tenantId: "t1",
    id: "c1",
    command: "Test.Do.v1",
    correlationId: "corr1",
    actorJson: {},
    contextJson: {},
    payloadJson: {},
    actorType: "USER",
    actorId: "u1",
    actorRole: "editor",
    maxAttempts: 5,
    dueAt: at,
    createdAt: at,
    updatedAt: at,
    ...row,
  };
}

/** Moves the command, by the worker unless told otherwise. */
function move(set: string, client: Client = worker): Promise<unknown> {
  return client.query(`update scripts."CommandOutbox" set ${set}`);
}

const BEGIN = `status = 'PROCESSING', attempts = attempts + 1`;
const FAIL = `status = 'FAILED', "completedAt" = now()`;
const COMPLETE = `status = 'COMPLETED', "completedAt" = now()`;
const REDRIVE = `status = 'PENDING', "maxAttempts" = "maxAttempts" + 5, "completedAt" = null`;

describe("a command in the outbox", () => {
  it("makes the legal moves", async () => {
    await move(BEGIN);
    await move(`status = 'PENDING', "errorJson" = '{}'`);
    await move(BEGIN);
    await move(`attempts = attempts + 1`);
    await move(`"maxAttempts" = "maxAttempts" + 1`);
    await move(FAIL);
    await move(REDRIVE, api);
    await move(BEGIN);
    await move(COMPLETE);
    const { rows } = await owner.query(`select status, attempts, "maxAttempts" from scripts."CommandOutbox"`);
    expect(rows).toEqual([{ status: "COMPLETED", attempts: 4, maxAttempts: 11 }]);
  });

  it.each([
    ["PENDING", [], `status = 'PENDING'`],
    ["PENDING", [], COMPLETE],
    ["PENDING", [], FAIL],
    ["COMPLETED", [BEGIN, COMPLETE], `status = 'PROCESSING', "completedAt" = null`],
    ["COMPLETED", [BEGIN, COMPLETE], REDRIVE],
    ["COMPLETED", [BEGIN, COMPLETE], `"resultJson" = '{"other": 1}'`],
    ["FAILED", [BEGIN, FAIL], COMPLETE],
    ["FAILED", [BEGIN, FAIL], `status = 'PROCESSING', attempts = attempts + 1, "completedAt" = null`],
  ])("refuses any other, from %s, from the owner too", async (from, steps, set) => {
    for (const step of steps) await move(step);
    expect(await refusalOf(move(set, owner))).toEqual(
      refused("SC009", new RegExp(`^Command c1 of tenant t1: it cannot go from ${from} to \\w+\\.$`)),
    );
  });

  it.each([
    ["begin without one", `status = 'PROCESSING'`],
    ["skip one", `status = 'PROCESSING', attempts = 2`],
  ])("counts every attempt: refuses to %s", async (_, set) => {
    expect(await refusalOf(move(set))).toEqual(refused("SC009", /attempts cannot go from 0 of 5 to/));
  });

  it("refuses to take an attempt back, to make one more than it may, or to allow fewer", async () => {
    await move(BEGIN);
    expect(await refusalOf(move(`attempts = 0`))).toEqual(refused("SC009", /from 1 of 5 to 0 of 5/));
    expect(await refusalOf(move(`status = 'PENDING', attempts = 2`))).toEqual(refused("SC009", /attempts/));
    expect(await refusalOf(move(`"maxAttempts" = 1`))).toEqual(refused("SC009", /to 1 of 1/));
    for (let attempt = 2; attempt <= 5; attempt++) await move(`attempts = attempts + 1`);
    expect(await refusalOf(move(`attempts = 6`))).toEqual(refused("23514", /attempts_in_limit/));
  });

  it.each([
    `command = 'Other.Do.v1'`,
    `"correlationId" = 'other'`,
    `"payloadJson" = '{"x": 1}'`,
    `"contextJson" = '{"x": 1}'`,
    `"actorJson" = '{"x": 1}'`,
    `"actorId" = 'other'`,
    `"actorRole" = 'operator'`,
    `"onBehalfOf" = 'other'`,
    `"causationId" = 'other'`,
    `"runId" = 'r', "runNodeId" = 'n', "runDispatch" = 1`,
    `"createdAt" = now()`,
    `"tenantId" = 't2'`,
    `id = 'c2'`,
  ])("keeps what its caller sent: refuses %s", async (set) => {
    expect(await refusalOf(move(`${BEGIN}, ${set}`, owner))).toEqual(
      refused("SC009", /what the caller sent never changes/),
    );
  });

  it("stays", async () => {
    for (const sql of [`delete from scripts."CommandOutbox"`, `truncate scripts."CommandOutbox"`])
      expect(await refusalOf(owner.query(sql))).toEqual(
        refused("SC009", /refused: what was sent, and what became of it, stays/),
      );
  });

  it("begins as PENDING, with nothing done", async () => {
    for (const more of [{ status: "PROCESSING" }, { attempts: 1 }, { resultJson: {} }])
      expect(
        await refusalOf(
          insertRow(owner, "CommandOutbox", command({ id: "c2", correlationId: "x", ...more })),
        ),
      ).toEqual(refused("SC009", /it begins as PENDING/));
  });

  it("has its correlation id alone among callers', and shares it within a run", async () => {
    expect(await refusalOf(insertRow(api, "CommandOutbox", command({ id: "c2" })))).toEqual(
      refused("23505", /CommandOutbox_one_of_caller/),
    );
    const action = { runId: "r1", runNodeId: "n1" };
    await insertRow(api, "CommandOutbox", command({ id: "c3", ...action, runDispatch: 1 }));
    await insertRow(api, "CommandOutbox", command({ id: "c4", ...action, runDispatch: 2 }));
    expect(
      await refusalOf(insertRow(api, "CommandOutbox", command({ id: "c5", ...action, runDispatch: 2 }))),
    ).toEqual(refused("23505", /CommandOutbox_one_per_dispatch/));
    expect(
      await refusalOf(
        insertRow(api, "CommandOutbox", command({ id: "c6", correlationId: "x", runId: "r1" })),
      ),
    ).toEqual(refused("23514", /CommandOutbox_run_or_not/));
  });
});

describe("script_api", () => {
  it("only sends back what has failed", async () => {
    await move(BEGIN);
    for (const set of [`status = 'PENDING'`, COMPLETE, FAIL])
      expect(await refusalOf(move(set, api))).toEqual(
        refused("SC009", /role script_api only sends back what has failed/),
      );
    for (const set of [`attempts = 2`, `"resultJson" = '{}'`, `"payloadJson" = '{}'`])
      expect((await refusalOf(move(set, api))).code).toBe("42501");
  });
});
