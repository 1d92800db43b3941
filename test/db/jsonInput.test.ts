import { afterAll, beforeAll, expect, test } from "vitest";
import { jsonInput } from "../../src/db/jsonInput.ts";
import { openDatabase, type Database } from "../../src/db/openDatabase.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

let testDatabase: TestDatabase;
let worker: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  worker = await openDatabase({
    url: testDatabase.workerUrl,
    role: "script_worker",
    poolSize: 1,
    applicationName: "test-json",
  });
});
afterAll(async () => {
  await worker.close();
  await testDatabase.drop();
});

// What an author may write, and what Prisma gives a meaning of its own when it reads values member by member.
const VALUE = {
  tagged: { $type: "BigInt", value: "12" },
  list: [{ $type: "Json", value: "{" }, null, true, 1.5, "text"],
  unknown: { $type: "anything" },
};

test("writes a JSON value as it is, in one row and in many", async () => {
  const now = new Date();
  const row = (id: string) => ({
    id,
    part: "worker",
    host: "h",
    figures: jsonInput(VALUE),
    startedAt: now,
    beatAt: now,
  });
  await worker.prisma.processHeartbeat.create({ data: row("one") });
  await worker.prisma.processHeartbeat.createMany({ data: [row("two"), row("three")] });
  await worker.prisma.processHeartbeat.updateMany({
    where: { id: "three" },
    data: { figures: jsonInput([VALUE]) },
  });
  const rows = await worker.prisma.processHeartbeat.findMany({ orderBy: { id: "asc" } });
  expect(rows.map(({ id, figures }) => [id, figures])).toEqual([
    ["one", VALUE],
    ["three", [VALUE]],
    ["two", VALUE],
  ]);
});
