import { afterEach, beforeEach, expect, it } from "vitest";
import { findUnsound } from "../support/findUnsound.ts";
import { addNode, createScript, openWriter } from "../support/openWriter.ts";
import { connect } from "../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
  const writer = await openWriter(database.apiUrl);
  const outcome = await writer.submit("s1", [createScript("s1"), addNode("a")]);
  if (outcome.kind !== "accepted") throw new Error(JSON.stringify(outcome));
  await writer.close();
});

afterEach(async () => {
  database.allowUnsound("this file plants damage");
  await database.drop();
});

it("has nothing to say against what the service wrote", async () => {
  expect(await findUnsound(database)).toEqual([]);
});

it("tells which promise a test left broken, and where", async () => {
  const owner = await connect(database.ownerUrl);
  await owner.query(`alter table scripts."ScriptCommand" disable trigger all`);
  await owner.query(`update scripts."ScriptCommand" set "correlationId" = 'other' where sequence = 2`);
  await owner.end();
  expect(await findUnsound(database)).toEqual([
    expect.stringMatching(/^hash-chain: t1\/s1 Command 2 .* does not have the hash/),
  ]);
});
