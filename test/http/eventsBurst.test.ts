import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Stamper } from "../../src/events/startStamper.ts";
import { readConfig } from "../../src/main/config.ts";
import { openStamper } from "../../src/main/openStamper.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { openStream, type SseClient } from "../support/sseClient.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

const SCRIPTS = Array.from({ length: 1_000 }, (_, index) => `script-${index}`);
/** Requests at a time. */
const AT_ONCE = 20;

let app: TestApp;
/** A second API on the same database. */
let second: TestApp;
/** Of a worker only what brings events into the feed: versions of a thousand scripts are not what is looked at here. */
let stamper: Stamper;
beforeAll(async () => {
  const options = { env: { STREAMS_PER_TOKEN: "1000" }, worker: false };
  app = await startApp(options);
  second = await startApp({ ...options, database: { ...app.database, drop: async () => undefined } });
  stamper = await openStamper({ log: pino({ level: "silent" }) }, readConfig({}), app.database);
});
afterAll(async () => {
  await stamper.stop();
  await second.stop();
  await app.stop();
});

async function forEachScript(work: (scriptId: string, index: number) => Promise<void>): Promise<void> {
  const waiting = SCRIPTS.entries();
  const next = async (): Promise<void> => {
    for (const [index, scriptId] of waiting) await work(scriptId, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

// The first edit of each, which makes it: that is two events already, and half the requests.
it("a burst of edits on a thousand scripts reaches a subscriber of each, and nobody else's", async () => {
  const clients: SseClient[] = [];
  await forEachScript(async (scriptId, index) => {
    clients[index] = await openStream((index % 2 ? app : second).url, { query: { scriptId } });
  });
  expect(new Set(clients.map(({ status }) => status))).toEqual(new Set([200]));
  await forEachScript(async (id, index) => {
    const { client } = index % 3 ? app : second;
    expect((await client.post("/scripts", { id, name: id, slug: id })).status).toBe(201);
  });
  for (const [index, client] of clients.entries())
    await expectSoon(() => client.events.map(({ event, scriptId }) => [event, scriptId])).toEqual(
      ["Scripts.CommandsAppended.v1", "Scripts.ScriptCreated.v1"].map((event) => [event, SCRIPTS[index]]),
    );
  for (const client of clients) client.close();
}, 180_000);
