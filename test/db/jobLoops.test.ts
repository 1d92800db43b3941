import type { JobResult, PgBoss } from "pg-boss";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JobLoops } from "../../src/db/jobLoops.ts";
import { openJobs } from "../../src/db/openJobs.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const QUEUE = "commands";
let database: TestDatabase;
let boss: PgBoss;

beforeAll(async () => {
  database = await createTestDatabase();
  const applicationName = "test-loops";
  boss = await openJobs({ url: database.workerUrl, role: "script_worker", applicationName, poolSize: 4 });
});
afterAll(async () => {
  await boss.stop({ graceful: false });
  await database.drop();
});

test("a loop that is held up has another in its place until it is done, within the bound", async () => {
  const atWork: string[] = [];
  const goOn = Promise.withResolvers<void>();
  const loops = new JobLoops(boss, QUEUE);
  await loops.start<{ id: string }>({ loops: 1, batchSize: 2, atWork: 2 }, async (jobs, heldUp) => {
    atWork.push(...jobs.map(({ data }) => data.id));
    heldUp();
    heldUp();
    await goOn.promise;
    return jobs.map(({ id }): JobResult => ({ id, status: "completed" }));
  });
  for (const id of ["a", "b"]) {
    await boss.send(QUEUE, { tenantId: "t1", id });
    loops.wake();
    await expect.poll(() => atWork, { timeout: 10_000 }).toContain(id);
  }
  // The first is held up and has the second in its place; the second has nobody.
  expect(boss.getWipData().map(({ count }) => count)).toEqual([1, 1]);
  await boss.send(QUEUE, { tenantId: "t1", id: "c" });
  loops.wake();
  goOn.resolve();
  await expect.poll(() => atWork, { timeout: 10_000 }).toEqual(["a", "b", "c"]);
  await expect.poll(() => boss.getWipData().map(({ count }) => count), { timeout: 10_000 }).toEqual([0]);
  await loops.stop();
  expect(boss.getWipData()).toEqual([]);
});
