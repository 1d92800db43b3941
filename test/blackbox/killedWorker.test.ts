import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { createHttpClient, type HttpClient } from "../support/httpClient.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { readFeed } from "./support/readAll.ts";
import { ADA, settingsOf } from "./support/settingsOf.ts";
import { startProcess, type StartedProcess } from "../support/startProcess.ts";
import { stopInOrder } from "./support/stopInOrder.ts";

let database: TestDatabase;
let api: StartedProcess;
let worker: StartedProcess;
let client: HttpClient;
const startWorker = () => startProcess({ ...settingsOf(database), ROLE: "worker" });

beforeAll(async () => {
  database = await createTestDatabase();
  [api, worker] = await Promise.all([startProcess({ ...settingsOf(database), ROLE: "api" }), startWorker()]);
  client = createHttpClient(api.url, ADA);
}, 90_000);
afterAll(async () => {
  await stopInOrder(worker, api);
  await database.drop();
});

async function send(): Promise<string> {
  const correlationId = newId();
  const body = { command: "Contacts.UpsertAndLink.v1", correlationId, payload: {} };
  expect((await client.post("/commands", body)).status).toBe(202);
  return correlationId;
}

async function statuses(ids: readonly string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => String((await client.get(`/commands/${id}`)).body.status)));
}

test("commands that a killed worker had begun, or never saw, are completed once by the next", async () => {
  const begun = await Promise.all(Array.from({ length: 10 }, send));
  await expect.poll(() => statuses(begun), { timeout: 15_000, interval: 5 }).toContain("PROCESSING");
  await worker.kill();
  const unseen = await Promise.all(Array.from({ length: 5 }, send));
  expect(await statuses(unseen)).toEqual(unseen.map(() => "PENDING"));
  worker = await startWorker();
  const all = [...begun, ...unseen];
  // One that was being settled when the worker died is taken up when it has shown no sign of life for 20 s.
  await expect
    .poll(() => statuses(all), { timeout: 50_000, interval: 100 })
    .toEqual(all.map(() => "COMPLETED"));
  await expect
    .poll(async () => (await readFeed(client)).map((event) => event.correlationId).toSorted(), {
      timeout: 15_000,
    })
    .toEqual(all.toSorted());
}, 90_000);
