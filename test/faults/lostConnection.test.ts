import { Pool, type Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createImpatientSocket } from "../../src/db/impatientSocket.ts";
import { startApp, type TestApp } from "../support/startApp.ts";
import { connect } from "../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { untilBlocked } from "../support/untilBlocked.ts";
import { startTcpProxy, type TcpProxy } from "./tcpProxy.ts";

let database: TestDatabase;
let proxy: TcpProxy;
let app: TestApp;
let owner: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  owner = await connect(database.ownerUrl);
  proxy = await startTcpProxy({ port: Number(new URL(database.apiUrl).port) });
  app = await startApp({ worker: false, database: { ...database, apiUrl: throughProxy() } });
});
afterAll(async () => {
  await owner.end();
  await app.stop();
  await proxy.stop();
});

function throughProxy(): string {
  const url = new URL(database.apiUrl);
  url.host = `127.0.0.1:${proxy.port}`;
  return url.href;
}

// Where a write waits when its connection is cut: for the script's stream, for its log, for the events of it.
test.each(["ScriptStream", "ScriptCommand", "DomainEvent"])(
  "requests whose connection is cut while they write to %s are answered as done or as to be sent again",
  async (table) => {
    const ids = Array.from({ length: 8 }, (_, index) => `${table.toLowerCase()}-${index}`);
    const create = (id: string) => app.client.post("/scripts", { id, name: id, slug: id });
    await owner.query("begin");
    await owner.query(`lock table scripts."${table}" in share row exclusive mode`);
    const writes = ids.map(create);
    await untilBlocked(owner, 1);
    expect(proxy.cut()).toBeGreaterThan(0);
    await owner.query("commit");
    for (const [index, { status }] of (await Promise.all(writes)).entries()) {
      expect([201, 503]).toContain(status);
      // What was not answered as done may be done all the same: it is there once, whoever sends it again.
      if (status === 503) expect([201, 409]).toContain((await create(ids[index]!)).status);
      expect((await app.client.get(`/scripts/${ids[index]!}`)).body.headSequence).toBe(1);
    }
  },
  60_000,
);

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
