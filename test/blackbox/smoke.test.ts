import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { createHttpClient, type HttpClient } from "../support/httpClient.ts";
import { openStream } from "../support/sseClient.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { ADA, settingsOf } from "./support/settingsOf.ts";
import { startProcess, type StartedProcess } from "../support/startProcess.ts";
import { stopInOrder } from "./support/stopInOrder.ts";

let database: TestDatabase;
let service: StartedProcess;
let client: HttpClient;
beforeAll(async () => {
  database = await createTestDatabase();
  service = await startProcess({ ...settingsOf(database), ROLE: "all" });
  client = createHttpClient(service.url, ADA);
}, 90_000);
afterAll(async () => {
  await stopInOrder(service);
  await database.drop();
});

test("a script that is created, versioned and published shows its active version", async () => {
  const created = await client.post("/scripts", { id: "motor", name: "Motor claim", slug: "motor" });
  expect(created.status).toBe(201);
  const versioned = await client.post("/scripts/motor/versions", { graphJson: { nodes: [], edges: [] } });
  expect([versioned.status, versioned.body.version]).toEqual([201, 1]);
  const published = await client.post("/scripts/motor/versions/1/publish", {});
  expect(published.status).toBe(200);
  const { body } = await client.get("/scripts/motor");
  expect([body.status, body.activeVersionId]).toEqual(["PUBLISHED", versioned.body.id]);
});

test("a run starts on the active version, takes variables and is finished", async () => {
  const started = await client.post("/runs", { scriptId: "motor" });
  expect([started.status, started.body.status, started.body.version]).toEqual([201, "RUNNING", 1]);
  const run = `/runs/${started.body.runId as string}`;
  expect((await client.post(`${run}/vars`, [{ key: "score", numVal: 7 }])).status).toBe(200);
  const finished = await client.post(`${run}/finish`, { status: "SUCCEEDED" });
  expect([finished.status, finished.body.status]).toEqual([200, "SUCCEEDED"]);
  const { body } = await client.get(run);
  expect(body).toMatchObject({ status: "SUCCEEDED", variables: [{ key: "score", numVal: 7 }] });
});

test("a generic command is pending at first, and its completion comes over the stream", async () => {
  const correlationId = newId();
  const stream = await openStream(service.url, { headers: ADA, query: { correlationId } });
  const sent = await client.post("/commands", {
    command: "Contacts.UpsertAndLink.v1",
    correlationId,
    actor: { userId: "u_123" },
    context: { projectId: "prj_001" },
    payload: { contacts: [] },
  });
  expect([sent.status, sent.body.status]).toEqual([202, "PENDING"]);
  const stored = await client.get(`/commands/${correlationId}`);
  expect(stored.body).toMatchObject({ correlationId, command: "Contacts.UpsertAndLink.v1" });
  await expectSoon(() => stream.events.length).toBe(1);
  expect(stream.events[0]).toMatchObject({
    event: "Contacts.Upserted.v1",
    correlationId,
    success: true,
    payload: { contacts: [{ role: "applicant", contactId: "cnt_1" }] },
  });
  expect((await client.get(`/commands/${correlationId}`)).body.status).toBe("COMPLETED");
  stream.close();
});
