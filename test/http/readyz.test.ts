import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../../src/main/config.ts";
import { openWorkerPort } from "../../src/main/openWorkerPort.ts";
import { createHttpClient } from "../support/httpClient.ts";
import { openOwnerSession, type OwnerSession } from "../support/ownerSession.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;
let owner: OwnerSession;
beforeAll(async () => {
  app = await startApp({ worker: false, env: { READY_HEARTBEAT_SECONDS: "6", HEARTBEAT_SECONDS: "0.2" } });
  owner = await openOwnerSession(app.database);
});
afterAll(async () => {
  await owner[Symbol.asyncDispose]();
  await app.stop();
});

async function ready(): Promise<unknown[]> {
  const { status, body } = await app.client.get("/readyz");
  return status === 200 ? [200, body.checks] : [status, body.code, body.details.checks, body.message];
}

const beat = (id: string, part: string, figures: object = {}) =>
  owner.query(`insert into scripts."ProcessHeartbeat" ("id", "part", "host", "startedAt", "beatAt", "figures")
    values ('${id}', '${part}', 'test', now(), now() + interval '1 hour', '${JSON.stringify(figures)}')
    on conflict ("id") do update set "figures" = excluded."figures"`);

const OK = { database: "ok", worker: "ok", stamper: "ok" };

test("misses nobody at first, then a worker and a stamper, and says which", async () => {
  expect(await ready()).toEqual([200, { ...OK, worker: "starting", stamper: "starting" }]);
  await expect
    .poll(ready, { timeout: 20_000 })
    .toEqual([
      503,
      "not_ready",
      { ...OK, worker: "failed", stamper: "failed" },
      expect.stringContaining("No worker"),
    ]);
  await beat("w", "worker", { feed_unstamped_seconds: 0 });
  await expect
    .poll(ready, { timeout: 20_000 })
    .toEqual([503, "not_ready", { ...OK, stamper: "failed" }, expect.stringContaining("No stamper")]);
  await beat("s", "stamper");
  await expect.poll(ready, { timeout: 20_000 }).toEqual([200, OK]);
});

test("is not ready while events wait too long for their place in the feed", async () => {
  await beat("w", "worker", { feed_unstamped_seconds: 75 });
  await expect
    .poll(ready, { timeout: 20_000 })
    .toEqual([503, "not_ready", { ...OK, stamper: "failed" }, expect.stringContaining("for 75 s")]);
  await beat("w", "worker", { feed_unstamped_seconds: 0 });
  await expect.poll(ready, { timeout: 20_000 }).toEqual([200, OK]);
});

test("is ready with the service's own worker, and not when it has gone", async () => {
  await owner.query(`delete from scripts."ProcessHeartbeat"`);
  await app.startWorker();
  await expect.poll(ready, { timeout: 20_000 }).toEqual([200, OK]);
  await app.stopWorker();
  await expect.poll(async () => (await ready())[0], { timeout: 20_000 }).toBe(503);
});

test("a process that is only a worker says the same on a port of its own", async () => {
  const log = pino({ level: "silent" });
  const port = await openWorkerPort({ log }, readConfig({ WORKER_PORT: "0" }), app.database);
  const client = createHttpClient(port.url, {});
  expect((await client.get("/healthz")).body).toEqual({ status: "ok" });
  expect((await client.get("/readyz")).status).toBe(200);
  expect((await client.get("/metrics")).body).toContain("scripts_processes");
  const { status, body } = await client.get("/scripts");
  expect([status, body.message]).toEqual([
    404,
    "There is no GET /scripts. This process has /healthz, /readyz and /metrics.",
  ]);
  await port.stop();
});

test("is not ready while the database does not answer", async () => {
  await owner.query(`alter table scripts."ProcessHeartbeat" rename to "Elsewhere"`);
  await expect
    .poll(ready, { timeout: 20_000 })
    .toEqual([
      503,
      "not_ready",
      { database: "failed", worker: "unknown", stamper: "unknown" },
      "The database does not answer.",
    ]);
  const health = await app.client.get("/healthz");
  expect([health.status, health.body]).toEqual([200, { status: "ok" }]);
  await owner.query(`alter table scripts."Elsewhere" rename to "ProcessHeartbeat"`);
});
