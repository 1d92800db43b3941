import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type TestApp } from "../support/startApp.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

/** Stands between the service and its database, so that the way between them can be cut and mended. */
class Cable {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  port = 0;

  async mend(target: URL): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => other.destroy()).on("close", () => this.#sockets.delete(one));
        one.pipe(other);
      }
    }).listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

let database: TestDatabase;
let app: TestApp;
const cable = new Cable();
beforeAll(async () => {
  database = await createTestDatabase();
  await cable.mend(new URL(database.apiUrl));
  const url = new URL(database.apiUrl);
  url.host = `127.0.0.1:${cable.port}`;
  app = await startApp({ worker: false, database: { ...database, apiUrl: url.href } });
});
afterAll(async () => {
  await app.stop();
  cable.cut();
});

test("while the database is away requests are answered with 503, and all goes on when it is back", async () => {
  const body = { id: "scr", name: "Script", slug: "script" };
  expect((await app.client.post("/scripts", body)).status).toBe(201);
  cable.cut();
  const read = await app.client.get("/scripts/scr");
  expect([read.status, read.body.code, read.headers.get("retry-after")]).toEqual([
    503,
    "database_unavailable",
    "1",
  ]);
  const ready = await app.client.get("/readyz");
  expect([ready.status, ready.body.code]).toEqual([503, "not_ready"]);
  expect((await app.client.get("/healthz")).status).toBe(200);
  const rename = { name: "Renamed", commandId: "rename" };
  const write = await app.client.patch("/scripts/scr", rename);
  expect([write.status, write.body.code]).toEqual([503, "database_unavailable"]);
  await cable.mend(new URL(database.apiUrl));
  await expect.poll(async () => (await app.client.get("/readyz")).status).toBe(200);
  const again = await app.client.patch("/scripts/scr", rename);
  expect([again.status, again.body.name, again.body.headSequence]).toEqual([200, "Renamed", 2]);
});
