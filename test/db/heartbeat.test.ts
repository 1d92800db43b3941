import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startHeartbeat } from "../../src/db/heartbeat.ts";
import { createLiveBeats } from "../../src/db/liveBeats.ts";
import { openDatabase, type Database } from "../../src/db/openDatabase.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

let testDatabase: TestDatabase;
let worker: Database;
let api: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const poolSize = 2;
  worker = await openDatabase({
    url: testDatabase.workerUrl,
    role: "script_worker",
    poolSize,
    applicationName: "w",
  });
  api = await openDatabase({ url: testDatabase.apiUrl, role: "script_api", poolSize, applicationName: "a" });
});
afterAll(async () => {
  await worker.close();
  await api.close();
  await testDatabase.drop();
});
afterEach(async () => {
  await worker.prisma.processHeartbeat.deleteMany();
});

const START = new Date("2026-03-01T10:00:00.000Z");
let warnings: unknown[] = [];
const log = { warn: (line: unknown) => void warnings.push(line) };

function beatsOf(now: () => Date) {
  return createLiveBeats({ prisma: api.prisma, now }, 30)();
}

test("beats at once and then again, with the figures of the moment", async () => {
  let now = START;
  let depth = 3;
  const deps = { prisma: worker.prisma, log, now: () => now };
  const beat = await startHeartbeat(deps, {
    part: "outbox",
    intervalMs: 5,
    figures: async () => ({ depth }),
  });
  const [first] = await beatsOf(() => now);
  expect(first).toEqual({
    id: expect.any(String),
    part: "outbox",
    host: expect.stringContaining(String(process.pid)),
    ageSeconds: 0,
    figures: { depth: 3 },
  });
  now = new Date(START.getTime() + 20_000);
  depth = 7;
  await expect.poll(() => beatsOf(() => now)).toEqual([{ ...first, figures: { depth: 7 } }]);
  await beat.stop();
  expect(await beatsOf(() => now)).toEqual([]);
});

test("who has not beaten for a while is not alive, and is forgotten after an hour", async () => {
  const row = { host: "other:1", startedAt: START, figures: {} };
  const ago = (seconds: number) => new Date(START.getTime() - seconds * 1_000);
  await worker.prisma.processHeartbeat.createMany({
    data: [
      { ...row, id: "alive", part: "worker", beatAt: ago(10) },
      { ...row, id: "silent", part: "worker", beatAt: ago(31) },
      { ...row, id: "dead", part: "worker", beatAt: ago(3_601) },
      { ...row, id: "dead outbox", part: "outbox", beatAt: ago(3_601) },
    ],
  });
  expect(await beatsOf(() => START)).toMatchObject([{ id: "alive", ageSeconds: 10 }]);
  const deps = { prisma: worker.prisma, log, now: () => START };
  const beat = await startHeartbeat(deps, { part: "worker", intervalMs: 60_000 });
  const left = await worker.prisma.processHeartbeat.findMany({
    select: { id: true },
    where: { host: "other:1" },
  });
  expect(left.map(({ id }) => id).toSorted()).toEqual(["alive", "dead outbox", "silent"]);
  await beat.stop();
});

test("a beat whose figures cannot be had is left out, and the next one tries again", async () => {
  warnings = [];
  let works = false;
  const figures = () => (works ? Promise.resolve({ fine: 1 }) : Promise.reject(new Error("stuck")));
  const deps = { prisma: worker.prisma, log, now: () => START };
  const beat = await startHeartbeat(deps, { part: "stamper", intervalMs: 5, figures });
  expect(await beatsOf(() => START)).toEqual([]);
  expect(warnings[0]).toMatchObject({ part: "stamper" });
  works = true;
  await expect.poll(() => beatsOf(() => START)).toMatchObject([{ figures: { fine: 1 } }]);
  await beat.stop();
});
