import { Pool } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createImpatientSocket } from "../../src/db/impatientSocket.ts";
import { startApp, type TestApp } from "../support/startApp.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { startTcpProxy, type TcpProxy } from "./tcpProxy.ts";

let database: TestDatabase;
let proxy: TcpProxy;
let app: TestApp;
beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startTcpProxy({ port: Number(new URL(database.apiUrl).port) });
  app = await startApp({ worker: false, database: { ...database, apiUrl: throughProxy() } });
});
afterAll(async () => {
  await app.stop();
  await proxy.stop();
});

function throughProxy(): string {
  const url = new URL(database.apiUrl);
  url.host = `127.0.0.1:${proxy.port}`;
  return url.href;
}

test("requests whose connection is cut under them are answered as done or as to be sent again", async () => {
  const statuses = new Set<number>();
  for (let round = 0; round < 5; round++) {
    const writes = Array.from({ length: 8 }, (_, index) => {
      const id = `s-${round}-${index}`;
      return app.client.post("/scripts", { id, name: id, slug: id });
    });
    // At some moment of each of them.
    setTimeout(() => proxy.cut(), round * 4);
    for (const { status } of await Promise.all(writes)) statuses.add(status);
  }
  expect([...statuses].filter((status) => status !== 201 && status !== 503)).toEqual([]);
}, 60_000);

test("a connection that goes dead without a word is given up, and its place in the pool is free again", async () => {
  const pool = new Pool({
    connectionString: throughProxy(),
    max: 1,
    stream: () => createImpatientSocket(300),
  });
  pool.on("error", () => undefined);
  await pool.query("select 1");
  expect(proxy.silence("answers", undefined)).toBeGreaterThan(0);
  await expect(pool.query("select 2")).rejects.toMatchObject({ code: "ETIMEDOUT" });
  const { rows } = await pool.query<{ three: number }>("select 3 as three");
  expect(rows).toEqual([{ three: 3 }]);
  await pool.end();
  proxy.heal();
});
