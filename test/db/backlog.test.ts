import { afterAll, beforeAll, expect, test } from "vitest";
import { readBacklog } from "../../src/db/backlog.sql.ts";
import { openDatabase, type Database } from "../../src/db/openDatabase.ts";
import { openOwnerSession } from "../support/ownerSession.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;
let worker: Database;
beforeAll(async () => {
  app = await startApp({ worker: false });
  worker = await openDatabase({
    url: app.database.workerUrl,
    role: "script_worker",
    poolSize: 2,
    applicationName: "test-worker",
  });
});
afterAll(async () => {
  await worker.close();
  await app.stop();
});

const PAYLOAD = `{ "success": true, "payload": {} }`;

const NOTHING = {
  materialize_lag_scripts: 0,
  materialize_lag_commands: 0,
  materialize_lag_seconds: 0,
  feed_head: 0,
  feed_unstamped_events: 0,
  feed_unstamped_seconds: 0,
  outbox_pending: 0,
  outbox_processing: 0,
  outbox_oldest_seconds: 0,
  dead_materializations: 0,
  dead_commands: 0,
};

test("is nothing in an empty database", async () => {
  expect(await readBacklog(worker.prisma)).toEqual(NOTHING);
});

test("counts what waits, in commands and seconds, over all tenants", async () => {
  for (const tenant of ["t1", "t2"])
    await app.client
      .as({ "x-tenant-id": tenant })
      .post("/scripts", { id: "scr", name: "Script", slug: "script" });
  await app.client.post("/scripts/scr/commands", {
    commands: [{ command: "Scripts.UpdateDetails.v1", payload: { description: "x" } }],
  });
  await using owner = await openOwnerSession(app.database);
  await owner.query(
    `update pgboss.job set created_on = now() - interval '1 minute' where name = 'materialize'`,
  );
  await owner.query(`delete from scripts."DomainEvent"`);
  await owner.query(`insert into scripts."DomainEvent" ("tenantId", "id", "type", "correlationId", "payload", "occurredAt")
    values ('t1', 'e1', 'Scripts.Seen.v1', 'c', '${PAYLOAD}', now() - interval '2 minutes'), ('t2', 'e2', 'Scripts.Seen.v1', 'c', '${PAYLOAD}', now())`);
  for (const correlationId of ["call-1", "call-2"])
    await app.client.post("/commands", {
      command: "Contacts.Link.v1",
      correlationId,
      actor: { userId: "u1" },
      context: {},
      payload: {},
    });
  // What the trigger keeps from changing is how long it has been waiting.
  await owner.query(`alter table scripts."CommandOutbox" disable trigger user`);
  await owner.query(`update scripts."CommandOutbox" set "createdAt" = now() - interval '3 minutes',
    "status" = case "correlationId" when 'call-1' then "status" else 'PROCESSING' end`);
  const backlog = await readBacklog(worker.prisma);
  expect(backlog).toEqual({
    ...NOTHING,
    materialize_lag_scripts: 2,
    materialize_lag_commands: 3,
    materialize_lag_seconds: expect.closeTo(60, -1),
    feed_unstamped_events: 2,
    feed_unstamped_seconds: expect.closeTo(120, -1),
    outbox_pending: 1,
    outbox_processing: 1,
    outbox_oldest_seconds: expect.closeTo(180, -1),
  });
});
