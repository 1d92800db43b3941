import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { createHttpClient, type HttpClient, type TestResponse } from "../support/httpClient.ts";
import { openStream } from "../support/sseClient.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { readFeed, readLog } from "./support/readAll.ts";
import { ADA, settingsOf } from "./support/settingsOf.ts";
import { startProcess, type StartedProcess } from "../support/startProcess.ts";
import { stopInOrder } from "./support/stopInOrder.ts";
import { startSubscriber } from "./support/subscriber.ts";

let database: TestDatabase;
const apis: StartedProcess[] = [];
const workers: StartedProcess[] = [];
const startApi = (): Promise<StartedProcess> => startProcess({ ...settingsOf(database), ROLE: "api" });
const client = (api: number): HttpClient => createHttpClient(apis[api]!.url, ADA);

const startWorker = (): Promise<StartedProcess> => startProcess({ ...settingsOf(database), ROLE: "worker" });

/** For tests that start two processes: on a machine that does other things each may take most of a minute. */
const RESTARTS_MS = 150_000;

beforeAll(async () => {
  database = await createTestDatabase();
  const [one, two, ...others] = await Promise.all([startApi(), startApi(), startWorker(), startWorker()]);
  apis.push(one, two);
  workers.push(...others);
}, RESTARTS_MS);
afterAll(async () => {
  await stopInOrder(...apis, ...workers);
  await database.drop();
});

async function createScript(id: string): Promise<void> {
  expect((await client(0).post("/scripts", { id, name: id, slug: id })).status).toBe(201);
}

const addNode = (id: string) => ({
  commands: [
    {
      commandId: id,
      command: "Scripts.AddNode.v1",
      payload: { node: { id, type: "message", position: { x: 0, y: 0 }, data: { prompt: id } } },
    },
  ],
});

/** fetch fails with a TypeError when the connection does; an answer that is not as declared fails the test. */
function ignoreLost(error: unknown): undefined {
  if (!(error instanceof TypeError)) throw error;
}

/** Sends an edit until it is answered, by one API or the other: one of them may be away. */
async function editAnywhere(scriptId: string, id: string, first: number): Promise<TestResponse> {
  for (let api = first; ; api = 1 - api) {
    const answered = await client(api).post(`/scripts/${scriptId}/commands`, addNode(id)).catch(ignoreLost);
    if (answered) return answered;
    await delay(20);
  }
}

/** Edits a script again and again, through both APIs, until it is told to stop; answers how often. */
function startEditing(scriptId: string): () => Promise<number> {
  const stopping = new AbortController();
  const writing = (async () => {
    let edits = 0;
    for (; !stopping.signal.aborted; edits++) {
      const answered = await editAnywhere(scriptId, `${scriptId}-${edits}`, edits % 2);
      expect(answered.status).toBe(201);
      await delay(20);
    }
    return edits;
  })();
  return () => {
    stopping.abort();
    return writing;
  };
}

test(
  "whoever resumes across kill -9 of its API has every event once, in order",
  async () => {
    const scripts = ["one", "two", "three"];
    for (const id of scripts) await createScript(id);
    const subscribers = [0, 1].map((api) => startSubscriber({ urls: () => [apis[api]!.url] }, "t1"));
    const editors = scripts.map((id) => ({ id, stop: startEditing(id) }));
    for (const [api, subscriber] of subscribers.entries()) {
      const before = subscriber.events.size;
      await expectSoon(() => subscriber.events.size).toBeGreaterThan(before);
      await apis[api]!.kill();
      apis[api] = await startApi();
    }
    const heads = await Promise.all(
      editors.map(async ({ id, stop }) => ({ id, sequence: 1 + (await stop()) })),
    );
    for (const { id, sequence } of heads)
      await expectSoon(async () => (await client(0).get(`/scripts/${id}`)).body.materializedSequence).toBe(
        sequence,
      );
    const told = (events: Iterable<{ position: number; id: string }>) =>
      [...events].map(({ position, id }) => ({ position, id }));
    for (const subscriber of subscribers) {
      // The event of the last version may still be on its way into the feed.
      await expectSoon(async () => {
        const feed = told(await readFeed(client(1)));
        return {
          missed: feed.length - subscriber.events.size,
          same: JSON.stringify(feed) === JSON.stringify(told(subscriber.events.values())),
        };
      }).toEqual({ missed: 0, same: true });
      expect(subscriber.complaints).toEqual([]);
      expect(subscriber.reconnects).toBeGreaterThan(0);
      await subscriber.stop();
    }
    const feed = await readFeed(client(1));
    for (const { id, sequence } of heads) {
      const sequences = feed
        .filter(({ event, scriptId }) => event === "Scripts.CommandsAppended.v1" && scriptId === id)
        .map(({ payload }) => (payload as { toSequence: number }).toSequence);
      expect(sequences).toEqual(Array.from({ length: sequence }, (_, index) => index + 1));
    }
  },
  RESTARTS_MS,
);

test(
  "whoever follows across kill -9 of the workers, which number the events, has each once and in order",
  async () => {
    const scripts = ["four", "five"];
    for (const id of scripts) await createScript(id);
    const query = { types: "Scripts.CommandsAppended.v1" };
    const streams = await Promise.all(
      scripts.map((scriptId, api) =>
        openStream(apis[api]!.url, { headers: ADA, query: { ...query, scriptId }, lastEventId: "0" }),
      ),
    );
    const editors = scripts.map((id) => startEditing(id));
    for (const worker of workers.keys()) {
      const before = streams.map(({ events }) => events.length);
      for (const [index, stream] of streams.entries())
        await expectSoon(() => stream.events.length).toBeGreaterThan(before[index]!);
      await workers[worker]!.kill();
      workers[worker] = await startWorker();
    }
    const heads = await Promise.all(editors.map(async (stop) => 1 + (await stop())));
    for (const [index, stream] of streams.entries()) {
      const told = () => stream.events.map(({ payload }) => (payload as { toSequence: number }).toSequence);
      await expectSoon(told).toEqual(Array.from({ length: heads[index]! }, (_, sequence) => sequence + 1));
      // The streams stand on the APIs alone: nobody had to come back.
      expect([stream.ended, stream.resets]).toEqual([false, []]);
      stream.close();
    }
  },
  RESTARTS_MS,
);

test("a request that is sent again to the other API has one effect and one answer", async () => {
  await createScript("again");
  const sendTwice = async (path: string, body: unknown): Promise<TestResponse[]> => {
    const key = { "idempotency-key": newId() };
    return Promise.all([0, 1, 0, 1].map((api) => client(api).post(path, body, key)));
  };
  const { payload, command } = addNode("n").commands[0]!;
  const edits = await sendTwice("/scripts/again/commands", { commands: [{ command, payload }] });
  const sent = await sendTwice("/commands", { command: "Contacts.UpsertAndLink.v1", payload: {} });
  const versions = await sendTwice("/scripts/again/versions", { graphJson: { nodes: [], edges: [] } });
  for (const [first, ...repeats] of [edits, sent, versions])
    for (const repeat of repeats) expect([repeat.status, repeat.body]).toEqual([first!.status, first!.body]);
  expect([edits[0]!.status, sent[0]!.status, versions[0]!.status]).toEqual([201, 202, 201]);
  // Created, edited, and replaced and committed: four commands.
  expect(await readLog(client(0), "again")).toHaveLength(4);
});

test(
  "an API that is stopped in order ends its streams, finishes its requests, and loses nothing",
  async () => {
    await createScript("rolling");
    const stream = await openStream(apis[0]!.url, { headers: ADA, query: { scriptId: "rolling" } });
    const refused: TestResponse[] = [];
    const stopping = new AbortController();
    const writing = Promise.all(
      ["a", "b", "c", "d"].map(async (writer) => {
        const acknowledged: string[] = [];
        for (let edit = 0; !stopping.signal.aborted; edit++) {
          const answered = await editAnywhere("rolling", `${writer}-${edit}`, 0);
          if (answered.status !== 201) refused.push(answered);
          acknowledged.push(`${writer}-${edit}`);
          await delay(5);
        }
        return acknowledged;
      }),
    );
    await expectSoon(() => stream.events.length).toBeGreaterThan(10);
    expect(await apis[0]!.stop()).toBe(0);
    expect([stream.ended, stream.comments.at(-1)]).toEqual([true, "the server is stopping"]);
    apis[0] = await startApi();
    const resumed = await openStream(apis[0].url, {
      headers: ADA,
      query: { scriptId: "rolling" },
      lastEventId: stream.lastEventId,
    });
    stopping.abort();
    const acknowledged = (await writing).flat();
    expect(refused).toEqual([]);
    const log = await readLog(client(1), "rolling");
    expect(log.slice(1).toSorted()).toEqual(acknowledged.toSorted());
    const appended = () =>
      [...stream.events, ...resumed.events]
        .filter(({ event }) => event === "Scripts.CommandsAppended.v1")
        .map(({ payload }) => (payload as { toSequence: number }).toSequence);
    const last = log.length;
    await expectSoon(() => appended().at(-1)).toBe(last);
    // From the first that came after the stream was opened, without a gap and without a repeat.
    expect(appended()).toEqual(
      Array.from({ length: appended().length }, (_, index) => last - appended().length + 1 + index),
    );
    resumed.close();
  },
  RESTARTS_MS,
);
