import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "pg";
import { newId } from "../../src/kernel/newId.ts";
import { OUTBOX_QUEUE } from "../../src/outbox/sendOutboxJobs.ts";
import type { HttpClient, TestResponse } from "../support/httpClient.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;
let owner: Client;
let client: HttpClient;

beforeAll(async () => {
  app = await startApp();
  owner = new Client({ connectionString: app.database.ownerUrl });
  await owner.connect();
  client = app.client;
  // Short jitter for this tenant; t2 keeps the default.
  await owner.query(`insert into scripts."TenantSettings" values ('t1', 20, 40, now())`);
});
afterAll(async () => {
  await owner.end();
  await app.stop();
});

const UPSERT = "Contacts.UpsertAndLink.v1";

function envelope(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    command: UPSERT,
    correlationId: `corr-${newId()}`,
    actor: { userId: "u_123" },
    context: { projectId: "prj_001" },
    payload: {},
    ...more,
  };
}

function send(
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
  as: HttpClient = client,
): Promise<TestResponse> {
  return as.post("/commands", body, { "idempotency-key": newId(), ...headers });
}

async function settled(correlationId: unknown): Promise<TestResponse["body"]> {
  for (;;) {
    const { status, body } = await client.get(`/commands/${String(correlationId)}`);
    expect(status).toBe(200);
    if (body.completedAt !== null) return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function eventsOf(correlationId: unknown): Promise<Record<string, unknown>[]> {
  const { rows } = await owner.query<Record<string, unknown>>(
    `select type, payload from scripts."DomainEvent" where "correlationId" = $1 order by ordinal`,
    [correlationId],
  );
  return rows;
}

describe("POST /commands", () => {
  it("stores the envelope and answers at once; in development it is completed as the seed shows", async () => {
    const body = envelope();
    const sent = await send(body);
    expect(sent.status).toBe(202);
    const { correlationId, id, status } = sent.body;
    expect({ correlationId, status }).toEqual({ correlationId: body["correlationId"], status: "PENDING" });
    expect(sent.headers.get("location")).toBe(`/commands/${correlationId}`);
    expect(sent.headers.get("correlation-id")).toBe(correlationId);
    expect(await settled(correlationId)).toMatchObject({
      id,
      command: UPSERT,
      status: "COMPLETED",
      result: { contacts: [{ role: "applicant", contactId: "cnt_1" }] },
      error: null,
      runId: null,
    });
    expect(await eventsOf(correlationId)).toEqual([
      {
        type: "Contacts.Upserted.v1",
        payload: { success: true, payload: { contacts: [{ role: "applicant", contactId: "cnt_1" }] } },
      },
    ]);
    const { rows } = await owner.query(`select * from scripts."CommandOutbox" where id = $1`, [id]);
    expect(rows[0]).toMatchObject({
      tenantId: "t1",
      actorJson: { userId: "u_123" },
      contextJson: { projectId: "prj_001" },
      payloadJson: {},
      actorType: "USER",
      actorId: "u1",
      actorRole: "operator",
    });
  });

  it("completes another unknown command with an event named after it", async () => {
    const { body } = await send(envelope({ command: "Billing.Invoice.Send.v3" }), { prefer: "wait=20" });
    expect(body).toMatchObject({ status: "COMPLETED", result: {} });
    expect(await eventsOf(body.correlationId)).toEqual([
      { type: "Billing.Invoice.Send.Completed.v3", payload: { success: true, payload: {} } },
    ]);
  });

  it("waits for the command when it is asked to, and says so", async () => {
    const done = await send(envelope(), { prefer: "wait=20" });
    expect(done.status).toBe(200);
    expect(done.headers.get("preference-applied")).toBe("wait=20");
    expect(done.body).toMatchObject({ status: "COMPLETED" });
    const slow = await send(envelope(), { prefer: "wait=0", "x-tenant-id": "t2" });
    expect(slow.status).toBe(202);
    expect(slow.headers.get("preference-applied")).toBe("wait=0");
    expect(slow.body.status).not.toBe("COMPLETED");
  });

  it("takes the correlation id from the body, else from the header, else makes one", async () => {
    const headerOnly = await send(envelope({ correlationId: undefined }), {
      "correlation-id": "from-header",
    });
    expect(headerOnly.body.correlationId).toBe("from-header");
    const both = await send(envelope({ correlationId: "both" }), { "correlation-id": "both" });
    expect(both.body.correlationId).toBe("both");
    const none = await send(envelope({ correlationId: undefined }));
    expect(none.body.correlationId).toMatch(/^[0-9a-f-]{36}$/);
    const torn = await send(envelope({ correlationId: "one" }), { "correlation-id": "another" });
    expect(torn).toMatchObject({
      status: 400,
      body: { code: "correlation_id_invalid", details: { fields: [{ path: "/correlationId" }] } },
    });
  });

  it("answers a repeat with the command that is there, and makes no second one", async () => {
    const key = { "idempotency-key": newId() };
    const body = envelope();
    const [first, second] = await Promise.all([send(body, key), send(body, key)]);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body.id).toBe(first.body.id);
    const { rows } = await owner.query(
      `select count(*)::int as rows from scripts."CommandOutbox" where "correlationId" = $1`,
      [body["correlationId"]],
    );
    expect(rows).toEqual([{ rows: 1 }]);
  });

  it("refuses a correlation id that names another command, of this tenant only", async () => {
    const body = envelope();
    await send(body);
    const { correlationId } = body;
    expect(await send(body)).toMatchObject({
      status: 409,
      body: { code: "correlation_id_reused", details: { correlationId } },
    });
    expect((await send(body, { "x-tenant-id": "t2" })).status).toBe(202);
  });

  it("refuses a request without an idempotency key", async () => {
    expect(await client.post("/commands", envelope(), { "idempotency-key": undefined })).toMatchObject({
      status: 400,
      body: { code: "idempotency_key_missing" },
    });
  });

  it.each([
    ["a name without a version", { command: "Contacts.UpsertAndLink" }, "/command"],
    ["a name of one word", { command: "Upsert.v1" }, "/command"],
    ["a name in small letters", { command: "contacts.upsert.v1" }, "/command"],
    ["version 0", { command: "Contacts.Upsert.v0" }, "/command"],
    ["a name that is too long", { command: `Contacts.${"U".repeat(200)}.v1` }, "/command"],
    ["no payload", { payload: undefined }, "/payload"],
    ["a payload that is no object", { payload: [1] }, "/payload"],
    ["a payload that is too large", { payload: { text: "x".repeat(1_000_000) } }, "/payload"],
    ["a context that is too large", { context: { text: "x".repeat(16_000) } }, "/context"],
    ["a correlation id with a space", { correlationId: "a b" }, "/correlationId"],
    ["a member that it does not know", { extra: 1 }, "/extra"],
  ])("refuses %s", async (_, wrong, path) => {
    const refused = await send(envelope(wrong));
    expect(refused).toMatchObject({ status: 422, body: { code: "invalid_body" } });
    expect(refused.body.details.fields[0].path).toBe(path);
  });

  it("refuses what is nested too deeply", async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 15; level++) deep = { deep };
    expect((await send(envelope({ context: { deep } }))).body.code).toBe("invalid_body");
    for (let level = 0; level < 40; level++) deep = { deep };
    expect((await send(envelope({ payload: { deep } }))).body.code).toBe("invalid_body");
  });

  it.each(["viewer", "agent"])("refuses a %s", async (role) => {
    const refused = await send(envelope(), { "x-role": role });
    expect(refused).toMatchObject({ status: 403, body: { code: "role_insufficient", details: { role } } });
  });

  it("lets an editor send", async () => {
    expect((await send(envelope(), { "x-role": "editor" })).status).toBe(202);
  });
});

describe("Scripts.* commands", () => {
  const wait = { prefer: "wait=20" };
  const node = (id: string) => ({ node: { id, type: "message", position: { x: 0, y: 0 }, data: {} } });
  const script = (more: Record<string, unknown>, command = "Scripts.AddNode.v1") =>
    envelope({ command, payload: more });

  beforeAll(async () => {
    await client.post("/scripts", { id: "s1", name: "One", slug: "one" });
  });

  it("edit a script as whoever sent them", async () => {
    const { status, body } = await send(script({ scriptId: "s1", payload: node("a") }), {
      ...wait,
      "x-actor-id": "ada",
      "x-on-behalf-of": "boss",
      "x-role": "editor",
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "COMPLETED",
      attempts: 1,
      result: { scriptId: "s1", headSequence: 2, alreadyApplied: false },
    });
    const log = await client.get("/scripts/s1/commands?after=1");
    expect(log.body.commands).toMatchObject([
      {
        commandId: body.id,
        command: "Scripts.AddNode.v1",
        actor: { type: "USER", id: "ada", onBehalfOf: "boss" },
        correlationId: body.correlationId,
        causationId: body.id,
      },
    ]);
    expect((await eventsOf(body.correlationId)).map(({ type }) => type)).toContain(
      "Scripts.AddNode.Completed.v1",
    );
  });

  it("edit in batches, all or none", async () => {
    const commands = ["b", "c"].map((id) => ({ command: "Scripts.AddNode.v1", payload: node(id) }));
    const done = await send(script({ scriptId: "s1", commands }, "Scripts.ApplyCommands.v1"), wait);
    expect(done.body.result.commands).toMatchObject([
      { commandId: done.body.id },
      { commandId: `${done.body.id}.2` },
    ]);
    const before = done.body.result.headSequence;
    const torn = await send(
      script({ scriptId: "s1", commands: [{ command: "Scripts.AddNode.v1", payload: node("d") }, ...commands] }, "Scripts.ApplyCommands.v1"), // prettier-ignore
      wait,
    );
    expect(torn.body).toMatchObject({ status: "FAILED", attempts: 1, error: { code: "command_refused" } });
    expect((await client.get("/scripts/s1")).body.headSequence).toBe(before);
  });

  it.each([
    ["an unknown script", { scriptId: "nowhere", payload: node("x") }, "script_not_found"],
    ["a stale sequence", { scriptId: "s1", expectedSequence: 1, payload: node("x") }, "sequence_conflict"],
    ["a node that is there already", { scriptId: "s1", payload: node("a") }, "command_refused"],
  ])("fail at once for %s, with the reason", async (_, payload, code) => {
    const { body } = await send(script(payload), wait);
    expect(body).toMatchObject({ status: "FAILED", attempts: 1, result: null, error: { code } });
    expect(await eventsOf(body.correlationId)).toMatchObject([
      { type: "Scripts.AddNode.Completed.v1", payload: { success: false, payload: { error: { code } } } },
    ]);
  });

  const batch = (...commands: unknown[]) => ({ scriptId: "s1", commands });
  const add = { command: "Scripts.AddNode.v1", payload: node("x") };
  it.each([
    ["without a script", "AddNode", { payload: node("x") }, "/payload/scriptId"],
    ["with the id of no script", "CreateScript", { scriptId: "validate", payload: {} }, "/payload/scriptId"],
    ["with a member too many", "AddNode", { scriptId: "s1", payload: node("x"), x: 1 }, "/payload/x"],
    ["without its own payload", "AddNode", { scriptId: "s1" }, "/payload/payload"],
    ["of an empty batch", "ApplyCommands", batch(), "/payload/commands"],
    ["of a batch with a nameless command", "ApplyCommands", batch(add, {}), "/payload/commands/1/command"],
  ])("are not taken in %s, and the field is named", async (_, type, payload, path) => {
    const body = script(payload, `Scripts.${type}.v1`);
    const refused = await send(body);
    expect(refused).toMatchObject({ status: 422, body: { code: "invalid_body" } });
    expect(refused.body.details.fields[0].path).toBe(path);
    expect((await client.get(`/commands/${String(body["correlationId"])}`)).status).toBe(404);
  });

  it.each([
    ["a payload that is none of the command", "AddNode", { scriptId: "s1", payload: {} }, 0, "/node"],
    ["a command that nobody knows", "Fly", { scriptId: "s1", payload: {} }, 0, ""],
    [
      "a bad one in a batch",
      "ApplyCommands",
      batch(add, { command: "Scripts.RemoveNode.v1", payload: { nodeId: 1 } }),
      1,
      "/nodeId",
    ],
  ])("are not taken in with %s, as at the script's own door", async (_, type, payload, index, path) => {
    const refused = await send(script(payload, `Scripts.${type}.v1`));
    expect(refused).toMatchObject({ status: 422, body: { code: "command_refused" } });
    expect(refused.body.details.refusals[0]).toMatchObject({ index, path });
    const { commands = [{ command: `Scripts.${type}.v1`, payload: {} }] } = payload as {
      commands?: unknown[];
    };
    const own = await client.post("/scripts/s1/commands", { commands });
    expect(own.body.details.refusals).toEqual(refused.body.details.refusals);
  });

  it("may be corrected under the same key when they were not understood", async () => {
    const key = { "idempotency-key": newId() };
    expect((await send(script({ payload: node("fixed") }), key)).status).toBe(422);
    expect((await send(script({ scriptId: "s1", payload: node("fixed") }), key)).status).toBe(202);
  });

  it("let an agent edit", async () => {
    const agent = { ...wait, "x-actor-id": "bot", "x-actor-type": "AI_AGENT", "x-role": "agent" };
    const edit = await send(script({ scriptId: "s1", payload: node("by_bot") }), agent);
    expect(edit.body).toMatchObject({ status: "COMPLETED" });
  });

  it("fail for the role that they were sent with, should one get past the door", async () => {
    const planted = newId();
    await owner.query(
      `insert into scripts."CommandOutbox" ("tenantId", id, command, "correlationId", "actorJson", "contextJson",
         "payloadJson", "actorType", "actorId", "actorRole", "maxAttempts", "dueAt", "createdAt", "updatedAt")
       values ('t1', $1, 'Scripts.PublishVersion.v1', $1, '{}', '{}',
         '{"scriptId": "s1", "payload": {"version": 1}}', 'AI_AGENT', 'bot', 'operator', 5, now(), now(), now())`,
      [planted],
    );
    await owner.query(`insert into pgboss.job_common (name, data) values ($1, $2)`, [
      OUTBOX_QUEUE,
      { tenantId: "t1", id: planted },
    ]);
    expect(await settled(planted)).toMatchObject({
      status: "FAILED",
      error: { code: "role_insufficient", details: { role: "agent" } },
    });
  });
});

describe("GET /commands/{correlationId}", () => {
  it("knows only commands of the tenant, and lets a viewer look", async () => {
    const { body } = await send(envelope());
    const at = `/commands/${body.correlationId}`;
    expect((await client.get(at, { "x-role": "viewer" })).status).toBe(200);
    expect(await client.get(at, { "x-tenant-id": "t2" })).toMatchObject({
      status: 404,
      body: { code: "command_not_found" },
    });
    expect((await client.get("/commands/a%20b")).body.code).toBe("invalid_path");
  });

  it("shows a caller's command before the actions of a run, and of those the last", async () => {
    app.database.allowUnsound("plants commands of a run that is not there");
    const insert = (id: string, run: string | null, minute: number) =>
      owner.query(
        `insert into scripts."CommandOutbox" ("tenantId", id, command, "correlationId", "actorJson", "contextJson",
           "payloadJson", "actorType", "actorId", "actorRole", "runId", "runNodeId", "runDispatch", "maxAttempts",
           "dueAt", "createdAt", "updatedAt")
         values ('t1', $1, 'Test.Do.v1', 'shared', '{}', '{}', '{}', 'USER', 'u1', 'editor', $2::text,
           case when $2::text is null then null else 'n' end, case when $2::text is null then null else $3::int end, 5,
           now() + interval '1 hour', now() + $3 * interval '1 minute', now())`,
        [id, run, minute],
      );
    await insert("of_run_1", "r1", 1);
    await insert("of_run_2", "r1", 2);
    expect((await client.get("/commands/shared")).body).toMatchObject({ id: "of_run_2", runId: "r1" });
    await insert("of_caller", null, 0);
    expect((await client.get("/commands/shared")).body).toMatchObject({ id: "of_caller", runId: null });
  });
});

describe("POST /commands/{correlationId}/redrive", () => {
  it("sends back a command that failed, and no other", async () => {
    const failed = await send(
      envelope({
        command: "Scripts.AddNode.v1",
        payload: {
          scriptId: "later",
          payload: { node: { id: "a", type: "message", position: { x: 0, y: 0 }, data: {} } },
        },
      }),
      { prefer: "wait=20" },
    );
    expect(failed.body).toMatchObject({ status: "FAILED", error: { code: "script_not_found" } });
    const { correlationId, id } = failed.body;
    expect((await client.post("/scripts", { id: "later", name: "Later", slug: "later" })).status).toBe(201);
    const at = `/commands/${correlationId}/redrive`;
    expect(await client.post(at, undefined, { "x-role": "publisher" })).toMatchObject({
      status: 403,
      body: { code: "role_insufficient" },
    });
    expect(await client.post(at, undefined, { "x-tenant-id": "t2" })).toMatchObject({ status: 404 });
    const sent = await client.post(at);
    expect(sent).toMatchObject({ status: 202, body: { correlationId, id, status: "PENDING" } });
    expect(await settled(correlationId)).toMatchObject({ id, status: "COMPLETED", attempts: 2, error: null });
    expect(await client.post(at)).toMatchObject({
      status: 409,
      body: { code: "command_not_failed", details: { status: "COMPLETED" } },
    });
  });
});
