import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../ops/support/runProgram.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { createHttpClient } from "../support/httpClient.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { ADA, settingsOf } from "./support/settingsOf.ts";
import { runProcess, startProcess, type StartedProcess } from "../support/startProcess.ts";
import { stopInOrder } from "./support/stopInOrder.ts";

let database: TestDatabase;
let service: StartedProcess;
const settings = () => ({ ...settingsOf(database), MODE: "production", ROLE: "all" });
beforeAll(async () => {
  database = await createTestDatabase();
  service = await startProcess(settings());
}, 90_000);
afterAll(async () => {
  await stopInOrder(service);
  await database.drop();
});

async function ops(...argv: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await runProgram([...argv, "--json"], { DATABASE_URL: database.ownerUrl });
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as Record<string, unknown>;
}

test("it does not start with a development token, and says what to do", async () => {
  const { code, said } = await runProcess({ ...settings(), DEV_TOKEN: "dev-token" });
  expect(code).toBe(1);
  expect(said).toMatch(/DEV_TOKEN: .* not accepted in production\. Unset it, or set MODE=development\./);
}, 60_000);

test("the token that everybody knows is refused", async () => {
  const answered = await createHttpClient(service.url, ADA).get("/scripts");
  expect([answered.status, answered.body.code]).toEqual([401, "authorization_invalid"]);
});

/** Somebody with a new token of this role, who says no more than that. */
async function holderOf(role: string, ...more: string[]) {
  const said = ["--tenant", "t1", "--role", role, "--actor", "ci", "--label", "Builds", ...more];
  const { token, id } = await ops("tokens", "create", ...said);
  return {
    id: String(id),
    client: createHttpClient(service.url, { authorization: `Bearer ${String(token)}` }),
  };
}

test("a command that nobody handles fails, and says so: nothing is made up here", async () => {
  const { client } = await holderOf("editor");
  const sent = await client.post(
    "/commands",
    { command: "Contacts.Link.v1", payload: {} },
    { prefer: "wait=30" },
  );
  expect([sent.status, sent.body]).toEqual([
    200,
    expect.objectContaining({
      status: "FAILED",
      attempts: 1,
      error: { code: "unknown_command", message: 'Nobody here handles the command "Contacts.Link.v1".' },
    }),
  ]);
  await expectSoon(async () => {
    const { body } = await client.get(`/events?correlationId=${sent.body.correlationId as string}`);
    return body.events;
  }).toMatchObject([{ event: "Contacts.Link.Completed.v1", success: false }]);
}, 60_000);

test("an AI agent's token edits and does not publish, at either door", async () => {
  const { client } = await holderOf("agent", "--actor-type", "AI_AGENT");
  expect((await client.post("/scripts", { id: "s2", name: "Script", slug: "agents" })).status).toBe(201);
  const publish = { command: "Scripts.PublishVersion.v1", payload: { version: 1 } };
  const answers = [
    await client.post("/scripts/s2/commands", { commands: [publish] }),
    await client.post("/commands", { ...publish, payload: { scriptId: "s2", payload: publish.payload } }),
  ];
  for (const { status, body } of answers)
    expect([status, body.code, body.details.role]).toEqual([403, "role_insufficient", "agent"]);
}, 60_000);

test("a token of the operators' program works as its role, for its tenant, until it is revoked", async () => {
  const { client, id } = await holderOf("editor");
  const created = await client.post("/scripts", { id: "s1", name: "Script", slug: "script" });
  expect(created.status).toBe(201);
  const { body: log } = await client.get("/scripts/s1/commands");
  expect(log.commands).toMatchObject([{ actor: { type: "USER", id: "ci" } }]);
  const other = await client.as({ "x-tenant-id": "t2" }).get("/scripts");
  expect([other.status, other.body.code]).toEqual([403, "tenant_mismatch"]);
  const archived = await client.post("/scripts/s1/versions/1/publish", {});
  expect([archived.status, archived.body.code]).toEqual([403, "role_insufficient"]);
  await ops("tokens", "revoke", id);
  // Processes remember a token for some seconds.
  await expectSoon(async () => (await client.get("/scripts")).status).toBe(401);
}, 60_000);
