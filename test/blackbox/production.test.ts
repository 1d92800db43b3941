import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../ops/support/runProgram.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { createHttpClient } from "../support/httpClient.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { ADA, settingsOf } from "./support/settingsOf.ts";
import { runProcess, startProcess, type StartedProcess } from "./support/startProcess.ts";
import { stopInOrder } from "./support/stopInOrder.ts";

let database: TestDatabase;
let service: StartedProcess;
const settings = () => ({ ...settingsOf(database), MODE: "production", ROLE: "api" });
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

test("a token of the operators' program works as its role, for its tenant, until it is revoked", async () => {
  const role = ["--role", "editor", "--actor", "ci", "--label", "Builds"];
  const { token, id } = await ops("tokens", "create", "--tenant", "t1", ...role);
  const client = createHttpClient(service.url, {
    authorization: `Bearer ${String(token)}`,
    "x-tenant-id": "t1",
  });
  const created = await client.post("/scripts", { id: "s1", name: "Script", slug: "script" });
  expect(created.status).toBe(201);
  const { body: log } = await client.get("/scripts/s1/commands");
  expect(log.commands).toMatchObject([{ actor: { type: "USER", id: "ci" } }]);
  const other = await client.as({ "x-tenant-id": "t2" }).get("/scripts");
  expect([other.status, other.body.code]).toEqual([403, "tenant_mismatch"]);
  const archived = await client.post("/scripts/s1/versions/1/publish", {});
  expect([archived.status, archived.body.code]).toEqual([403, "role_insufficient"]);
  await ops("tokens", "revoke", String(id));
  // Processes remember a token for some seconds.
  await expectSoon(async () => (await client.get("/scripts")).status).toBe(401);
}, 60_000);
