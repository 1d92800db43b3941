import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { expectSoon } from "../support/expectSoon.ts";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { writeEvents } from "../../src/events/domainEvent.ts";
import { openStream, type SseClient } from "../support/sseClient.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;
/** A second API process on the same database, without a worker. */
let second: TestApp;
const open: SseClient[] = [];
beforeAll(async () => {
  const env = { STREAM_HEARTBEAT_SECONDS: "0.1", STREAM_STALL_SECONDS: "2", STREAMS_PER_TOKEN: "300" };
  app = await startApp({ env });
  second = await startApp({ env, worker: false, database: { ...app.database, drop: async () => undefined } });
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(async () => {
  await second.stop();
  await app.stop();
});

const as = (tenantId: string) => ({ authorization: "Bearer dev-token", "x-tenant-id": tenantId });

async function stream(options?: Parameters<typeof openStream>[1], of: TestApp = app): Promise<SseClient> {
  const client = await openStream(of.url, options);
  open.push(client);
  return client;
}

async function createScript(id: string, client = app.client): Promise<void> {
  const answer = await client.post("/scripts", { id, name: `Script ${id}`, slug: id });
  expect(answer.status).toBe(201);
}

/** Creates a script and waits until its events have their places: a stream that begins now begins after them. */
async function createSettled(id: string): Promise<void> {
  await createScript(id);
  const events = async () => (await app.client.get(`/events?scriptId=${id}`)).body.events as unknown[];
  await expectSoon(async () => (await events()).length).toBe(2);
}

async function edit(id: string, title: string, client = app.client): Promise<void> {
  const node = { id: `n_${title}`, type: "message", position: { x: 0, y: 0 }, data: { title } };
  const answer = await client.post(
    `/scripts/${id}/commands`,
    { commands: [{ command: "Scripts.AddNode.v1", payload: { node } }] },
    { "correlation-id": `edit-${title}` },
  );
  expect(answer.status).toBe(201);
}

/** The sequences that a client was told of, in the order in which it was. */
function toldSequences(client: SseClient): number[] {
  return client.events
    .filter(({ event }) => event === "Scripts.CommandsAppended.v1")
    .map(({ payload }) => (payload as { toSequence: number }).toSequence);
}

/** Streams that the first process has open, as it says itself. */
async function countStreams(): Promise<number> {
  const { body } = (await app.client.get("/metrics")) as { body: string };
  return Number(/^scripts_sse_clients (\d+)$/mu.exec(body)?.[1]);
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("an event stream", () => {
  it("begins now and brings what happens, in order", async () => {
    await createSettled("before");
    const client = await stream();
    expect([client.status, client.headers["cache-control"], client.headers["x-accel-buffering"]]).toEqual([
      200,
      "private, no-cache, no-store, no-transform, must-revalidate, max-age=0",
      "no",
    ]);
    await createScript("begins");
    await expectSoon(() => client.events.length).toBeGreaterThan(1);
    expect(client.events.slice(0, 2)).toMatchObject([
      { event: "Scripts.CommandsAppended.v1", scriptId: "begins", success: true, tenantId: "t1" },
      { event: "Scripts.ScriptCreated.v1", payload: { name: "Script begins", slug: "begins" } },
    ]);
    const [first, next] = client.events;
    expect(next!.position).toBe(first!.position + 1);
    expect(client.retryMs).toBeGreaterThanOrEqual(1_000);
  });

  it("tells of versions too, with the correlation id of the request that made them", async () => {
    const client = await stream({ query: { types: "Scripts.Version*", scriptId: "sealed" } });
    const graphJson = {
      nodes: ["start", "end"].map((type) => ({
        id: type,
        type,
        position: { x: 0, y: 0 },
        data: { prompt: "Bye" },
      })),
      edges: [{ id: "e", source: "start", target: "end" }],
      entryNodeId: "start",
    };
    await createScript("sealed");
    const sealed = { "correlation-id": "seal", "idempotency-key": "seal-1" };
    expect((await app.client.post("/scripts/sealed/versions", { graphJson }, sealed)).status).toBe(201);
    await app.client.post("/scripts/sealed/versions/1/publish", {}, { "correlation-id": "publish" });
    await expectSoon(() => client.events.map(({ event, correlationId }) => [event, correlationId])).toEqual([
      ["Scripts.VersionSealed.v1", "seal"],
      ["Scripts.VersionPublished.v1", "publish"],
    ]);
  });

  it("brings only what fits the query", async () => {
    await createSettled("one");
    await createSettled("two");
    const byScript = await stream({ query: { scriptId: "two" } });
    const byCorrelation = await stream({ query: { correlationId: "edit-c" } });
    const byRun = await stream({ query: { types: "Runs.*,Scripts.ScriptArchived.v1" } });
    for (const title of ["a", "b", "c"]) await edit("one", title);
    await edit("two", "d");
    const archive = { command: "Scripts.ChangeStatus.v1", payload: { status: "ARCHIVED" } };
    await app.client.post("/scripts/one/commands", { commands: [archive] });
    await expectSoon(() => byScript.events.map(({ correlationId }) => correlationId)).toEqual(["edit-d"]);
    await expectSoon(() => byCorrelation.events.map(({ scriptId }) => scriptId)).toEqual(["one"]);
    await expectSoon(() => byRun.events.map(({ event }) => event)).toEqual(["Scripts.ScriptArchived.v1"]);
  });

  it("says that it is alive while nothing happens, and keeps the client's place young", async () => {
    const client = await stream({ query: { scriptId: "nobody" } });
    await expectSoon(() => client.lastEventId).toBeDefined();
    const began = client.lastEventId;
    await createScript("elsewhere");
    await expectSoon(() => client.comments.length).toBeGreaterThan(2);
    await expectSoon(() => Number(client.lastEventId)).toBeGreaterThan(Number(began));
    expect([client.events, client.comments[0]]).toEqual([[], "heartbeat"]);
  });

  it("answers HEAD, and a query that is none, without a stream", async () => {
    expect((await fetch(`${app.url}/events/stream`, { method: "HEAD", headers: as("t1") })).status).toBe(200);
    const refused = await stream({ query: { types: "no spaces" } });
    expect([refused.status, JSON.parse(refused.body)]).toMatchObject([400, { code: "invalid_query" }]);
  });
});

describe("coming back", () => {
  it("after a broken connection goes on where it was, at another process too", async () => {
    await createSettled("resumed");
    let client = await stream({ query: { scriptId: "resumed" } });
    const seen: number[] = [];
    for (let round = 0; round < 6; round++) {
      for (let number = 0; number < 5; number++) await edit("resumed", `r${round}x${number}`);
      // Somewhere in the middle: some were had, others were not.
      await expectSoon(() => client.lastEventId).toBeDefined();
      const { lastEventId } = client;
      client.close();
      seen.push(...toldSequences(client));
      client = await stream({ query: { scriptId: "resumed" }, lastEventId }, round % 2 === 0 ? second : app);
    }
    await expectSoon(() => [...seen, ...toldSequences(client)]).toEqual(range(2, 31));
  });

  it("before the first event was had goes on from where the stream began", async () => {
    await createSettled("early");
    const client = await stream({ query: { scriptId: "early" } });
    await expectSoon(() => client.lastEventId).toBeDefined();
    client.close();
    await edit("early", "missed");
    const again = await stream({ query: { scriptId: "early" }, lastEventId: client.lastEventId });
    await expectSoon(() => toldSequences(again)).toEqual([2]);
  });

  it("while edits pour in neither loses nor doubles one", async () => {
    await createScript("pouring");
    const { position } = (await app.client.get("/events?limit=1000")).body.events.at(-1) as {
      position: number;
    };
    const stopping = new AbortController();
    const edits = (async () => {
      for (let number = 0; !stopping.signal.aborted; number++) await edit("pouring", `p${number}`);
    })();
    const clients: SseClient[] = [];
    for (let count = 0; count < 8; count++) {
      const lastEventId = String(position - count);
      clients.push(await stream({ query: { scriptId: "pouring" }, lastEventId }, count % 2 ? app : second));
      await expectSoon(() => toldSequences(clients[count]!).length).toBeGreaterThan(5);
    }
    stopping.abort();
    await edits;
    const head = (await app.client.get("/scripts/pouring/commands?limit=1")).body.headSequence as number;
    for (const [count, client] of clients.entries()) {
      const from = toldSequences(client)[0]!;
      expect(from).toBeLessThanOrEqual(2);
      await expectSoon(() => toldSequences(client), `client ${count}`).toEqual(range(from, head));
    }
  });

  it.each([
    ["malformed", "not-a-number"],
    ["malformed", "-1"],
    ["malformed", "1e3"],
    ["malformed", "9".repeat(300)],
    ["ahead", "900000000000"],
  ])("with an id that is %s (%s) is told so, and goes on now", async (reason, lastEventId) => {
    const client = await stream({ lastEventId });
    await expectSoon(() => client.resets).toMatchObject([{ reason, lastEventId: lastEventId.slice(0, 200) }]);
    expect([client.status, client.lastEventId]).toEqual([200, String(client.resets[0]!["position"])]);
    const id = `after-${reason}-${lastEventId.length}-${lastEventId.charCodeAt(0)}`;
    await createScript(id);
    await expectSoon(() => client.events.some(({ scriptId }) => scriptId === id)).toBe(true);
  });

  it("takes the header before the query, and the query alone", async () => {
    const { headPosition } = (await app.client.get("/events?limit=1")).body as { headPosition: number };
    const byQuery = await stream({ query: { lastEventId: String(headPosition - 2) } });
    await expectSoon(() => byQuery.events[0]?.position).toBeLessThanOrEqual(headPosition);
    const both = await stream({ query: { lastEventId: "x" }, lastEventId: String(headPosition) });
    await expectSoon(() => both.lastEventId).toBeDefined();
    expect(both.resets).toEqual([]);
  });
});

describe("many streams", () => {
  it("of 50 tenants bring each its own and nothing else", async () => {
    const tenants = Array.from({ length: 50 }, (_, index) => `tenant-${index}`);
    const clients = await Promise.all(
      tenants.map((tenantId, index) => stream({ headers: as(tenantId) }, index % 2 ? app : second)),
    );
    await Promise.all(
      tenants.map(async (tenantId) => {
        const client = app.client.as({ "x-tenant-id": tenantId });
        await createScript("s1", client);
        for (let number = 0; number < 3; number++) await edit("s1", `e${number}`, client);
      }),
    );
    for (const [index, client] of clients.entries()) {
      await expectSoon(() => toldSequences(client), tenants[index]).toEqual([1, 2, 3, 4]);
      expect(new Set(client.events.map(({ tenantId }) => tenantId))).toEqual(new Set([tenants[index]]));
    }
  });
});

describe("a transaction that stays open", () => {
  it("holds up its own events alone: those of others come, and its own come when it is committed", async () => {
    await createSettled("held");
    await createSettled("free");
    const client = await stream({ query: { types: "Scripts.CommandsAppended.v1,Test.*" } });
    const worker = await openDatabase({
      url: app.database.workerUrl,
      role: "script_worker",
      poolSize: 1,
      applicationName: "test-events",
    });
    const isWritten = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const held = worker.prisma.$transaction(
      async (tx) => {
        // Holds the script's lock as a slow append would, and has drawn its ordinal before all that come now.
        await tx.$queryRaw`select from scripts."ScriptStream" where "tenantId" = 't1' and "scriptId" = 'held' for update`;
        const event = { tenantId: "t1", type: "Test.Slow.v1", scriptId: "held", correlationId: "slow" };
        await writeEvents(tx, [{ ...event, payload: {}, occurredAt: new Date() }]);
        isWritten.resolve();
        await mayCommit.promise;
      },
      { timeout: 60_000 },
    );
    await isWritten.promise;
    const later = edit("held", "after");
    for (let number = 0; number < 20; number++) await edit("free", `f${number}`);
    await expectSoon(() => client.events.map(({ scriptId }) => scriptId)).toEqual(Array(20).fill("free"));
    mayCommit.resolve();
    await held;
    await later;
    await worker.close();
    await expectSoon(() => client.events.slice(20).map(({ correlationId }) => correlationId)).toEqual([
      "slow",
      "edit-after",
    ]);
  });
});

describe("a client that does not read", () => {
  it("is cut off, and finds everything when it comes back; others are not held up", async () => {
    const client = app.client.as({ "x-tenant-id": "slow" });
    await createScript("slow", client);
    const slow = await stream({ headers: as("slow") });
    const quick = await stream({ headers: as("slow") });
    slow.pause();
    // More than the sockets on both sides hold.
    const payload = { text: "x".repeat(50_000) };
    const written = 400;
    const worker = await openDatabase({
      url: app.database.workerUrl,
      role: "script_worker",
      poolSize: 1,
      applicationName: "test-events",
    });
    for (let round = 0; round < written / 20; round++)
      await writeEvents(
        worker.prisma,
        Array.from({ length: 20 }, () => ({
          tenantId: "slow",
          type: "Test.Large.v1",
          correlationId: "c1",
          payload,
          occurredAt: new Date(),
        })),
      );
    await worker.close();
    const large = (one: SseClient) => one.events.filter(({ event }) => event === "Test.Large.v1").length;
    await expectSoon(() => large(quick)).toBe(written);
    await expectSoon(() => countStreams()).toBe(1);
    // What it had not read before it was cut is in its socket yet.
    slow.resume();
    await expectSoon(() => slow.ended).toBe(true);
    const had = large(slow);
    expect(had).toBeLessThan(written);
    const again = await stream({ headers: as("slow"), lastEventId: slow.lastEventId });
    await expectSoon(() => had + large(again)).toBe(written);
  });
});

describe("a service that stops", () => {
  it("ends its streams first, and their clients go on elsewhere", async () => {
    await createSettled("rolling");
    const query = { scriptId: "rolling" };
    const third = await startApp({
      worker: false,
      database: { ...app.database, drop: async () => undefined },
    });
    const clients = await Promise.all(Array.from({ length: 5 }, () => stream({ query }, third)));
    await edit("rolling", "one");
    for (const client of clients) await expectSoon(() => toldSequences(client)).toEqual([2]);
    await third.stop();
    for (const client of clients) await expectSoon(() => client.ended).toBe(true);
    expect(clients.map(({ comments }) => comments.at(-1))).toEqual(Array(5).fill("the server is stopping"));
    await edit("rolling", "two");
    const again = await stream({ query, lastEventId: clients[0]!.lastEventId });
    await expectSoon(() => toldSequences(again)).toEqual([3]);
  });
});

describe("events that are deleted", () => {
  it("are told of by a reset, and by 410 to those who ask for them", async () => {
    const old = await startApp({
      env: { EVENT_RETENTION_DAYS: "0.000001", EVENT_RETENTION_CHECK_SECONDS: "0.05" },
    });
    await old.client.post("/scripts", { id: "s1", name: "S", slug: "s1" });
    const read = (query = "") => old.client.get(`/events?limit=1000${query}`);
    await expectSoon(async () => (await read("&after=0")).status).toBe(410);
    await expectSoon(async () => (await read()).body.events).toEqual([]);
    const { expiredPosition, headPosition } = (await read("&after=0")).body.details as Record<string, number>;
    expect((await read(`&after=${headPosition}`)).status).toBe(200);
    const client = await stream({ lastEventId: "0" }, old);
    await expectSoon(() => client.resets).toMatchObject([{ reason: "expired", lastEventId: "0" }]);
    expect(client.resets[0]).toMatchObject({ position: headPosition, firstPosition: expiredPosition! + 1 });
    await old.stop();
  });
});

describe("GET /events", () => {
  it("reads the feed page by page, each event once", async () => {
    const client = app.client.as({ "x-tenant-id": "pages" });
    await createScript("s1", client);
    for (let number = 0; number < 10; number++) await edit("s1", `e${number}`, client);
    const readAll = async (more: string): Promise<Record<string, unknown>[]> => {
      const events: Record<string, unknown>[] = [];
      for (let after = 0; ;) {
        const { body } = await client.get(`/events?after=${after}&limit=3${more}`);
        events.push(...(body.events as Record<string, unknown>[]));
        after = body.next as number;
        if (after === body.headPosition) return events;
      }
    };
    const appended = "&types=Scripts.CommandsAppended.v1";
    await expectSoon(async () => (await readAll(appended)).length).toBe(11);
    const all = await readAll("");
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(await readAll("&correlationId=edit-e7")).toMatchObject([{ payload: { toSequence: 9 } }]);
    expect(await readAll("&scriptId=s2")).toEqual([]);
  });

  it("refuses a cursor that the feed has never come to", async () => {
    const { status, body } = await app.client.get("/events?after=900000000000");
    expect([status, body.code]).toEqual([400, "invalid_cursor"]);
    expect((await app.client.get("/events?after=x")).status).toBe(400);
  });
});
