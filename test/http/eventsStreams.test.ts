import { createServer, type Server, type ServerResponse } from "node:http";
import { getDefaultHighWaterMark } from "node:stream";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EventHub } from "../../src/events/eventHub.ts";
import { stampEvents } from "../../src/events/stampEvents.ts";
import { EventStreams } from "../../src/http/sse/eventStreams.ts";
import { SSE_HEADERS } from "../../src/http/sse/sseHeaders.ts";
import { openFeed, someEvent, type Feed } from "../events/support/openFeed.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { openStream } from "../support/sseClient.ts";

const CLIENTS = 10;
const EVENT_CHARS = 40_000;
const EVENTS = 400;
/** What node takes before it asks to wait, a block, and the event that fills it. */
const WAITING_BYTES = getDefaultHighWaterMark(false) + 16_000 + EVENT_CHARS + 1_000;

let feed: Feed;
let server: Server;
let streams: EventStreams;
let hub: EventHub;
const sockets: Socket[] = [];
/** Of the server's side: the most bytes that ever waited for one client, and events read for all of them. */
const seen = { mostWaiting: 0, events: 0, served: 0 };

beforeEach(async () => {
  feed = await openFeed();
  hub = new EventHub({ ...feed.api, log: { warn: () => undefined } });
  streams = new EventStreams(counted(hub), {
    perProcess: 100,
    perTenant: 100,
    perToken: 100,
    heartbeatMs: 60_000,
    stallMs: 1_500,
    lifeMs: 600_000,
  });
  server = createServer((_, response) => {
    response.writeHead(200, SSE_HEADERS).flushHeaders();
    const owner = { tenantId: "t1", tokenId: "one" };
    const head = { position: 0, expiredPosition: 0 };
    watch(response);
    void streams
      .serve(response, { owner, expiresAt: undefined, filter: {}, lastEventId: "0", head })
      .finally(() => seen.served++);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await streams.end();
  server.close();
  await feed.close();
});

/** Counts what streams take out of the hub. */
function counted(of: EventHub): Pick<EventHub, "readHead" | "subscribe"> {
  return {
    readHead: () => of.readHead(),
    subscribe: (...given) => {
      const subscription = of.subscribe(...given);
      return {
        close: () => subscription.close(),
        read: async (...asked) => {
          const page = await subscription.read(...asked);
          if (page.kind === "page") seen.events += page.events.length;
          return page;
        },
      };
    },
  };
}

function watch(response: ServerResponse): void {
  const write = response.write.bind(response) as (block: string) => boolean;
  response.write = ((block: string) => {
    const isTaken = write(block);
    seen.mostWaiting = Math.max(seen.mostWaiting, response.writableLength);
    return isTaken;
  }) as typeof response.write;
}

it("clients that never read take a block or two of memory each, however much happens, and are cut off", async () => {
  for (let count = 0; count < CLIENTS; count++) {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    // Nothing listens for data, so nothing is read: what comes fills the buffers of both sides.
    sockets.push(socket.pause());
  }
  await expectSoon(() => streams.owners().length).toBe(1);
  const payload = { text: "x".repeat(EVENT_CHARS) };
  for (let round = 0; round < EVENTS / 50; round++) {
    await feed.write(...Array.from({ length: 50 }, () => someEvent(0, { payload })));
    await stampEvents({ prisma: feed.worker, now: () => new Date() }, 50);
    await hub.look();
  }
  await expectSoon(() => seen.served).toBe(CLIENTS);
  expect(seen.mostWaiting).toBeGreaterThan(0);
  expect(seen.mostWaiting).toBeLessThanOrEqual(WAITING_BYTES);
  // Most were never even read from the feed: who does not read is not read for.
  expect(seen.events).toBeLessThan((CLIENTS * EVENTS) / 2);
  expect(streams.owners()).toEqual([]);
});

it("a stream whose feed has gone back says so, and goes on with what comes then", async () => {
  const client = await openStream(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await feed.write(someEvent(1), someEvent(2), someEvent(3));
  await stampEvents({ prisma: feed.worker, now: () => new Date() }, 10);
  await hub.look();
  await expectSoon(() => client.events.map(({ position }) => position)).toEqual([1, 2, 3]);
  await feed.goBack(1);
  await hub.look();
  await expectSoon(() => client.resets).toMatchObject([{ reason: "ahead", lastEventId: "3", position: 1 }]);
  await feed.write(someEvent(20));
  await stampEvents({ prisma: feed.worker, now: () => new Date() }, 10);
  await hub.look();
  await expectSoon(() => client.events.slice(3)).toMatchObject([{ position: 2, payload: { number: 20 } }]);
  client.close();
});
