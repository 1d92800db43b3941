import { Client } from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { expectSoon } from "../support/expectSoon.ts";
import { expireEvents } from "../../src/events/expireEvents.ts";
import type { EventFilter } from "../../src/events/eventFilter.ts";
import { EventHub, type Subscription } from "../../src/events/eventHub.ts";
import { stampEvents } from "../../src/events/stampEvents.ts";
import { openFeed, someEvent, type Feed } from "./support/openFeed.ts";

let feed: Feed;
beforeEach(async () => {
  feed = await openFeed();
});
afterEach(() => feed.close());

const log = { warn: () => undefined };
const stamp = () => stampEvents({ prisma: feed.worker, now: () => new Date() }, 500);

/** A subscriber that keeps on reading until it is stopped. */
function follow(hub: EventHub, tenantId: string, after: number, head: number, filter: EventFilter = {}) {
  const positions: number[] = [];
  let news = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const subscription: Subscription = hub.subscribe(
    { tenantId, filter },
    { position: head, expiredPosition: 0 },
    () => news.resolve(),
  );
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      news = Promise.withResolvers<void>();
      const page = await subscription.read(after, 20);
      if (page.kind !== "page") throw new Error(page.kind);
      positions.push(...page.events.map(({ position }) => position));
      after = page.next;
      if (!page.more && !stopping.signal.aborted) await news.promise;
    }
    subscription.close();
  };
  const ended = run();
  return {
    positions,
    stop: async () => {
      stopping.abort();
      news.resolve();
      await ended;
    },
  };
}

it("subscribers that begin anywhere while events pour in get each event once, in order", async () => {
  await feed.startStamper();
  const { hub } = await feed.startHub();
  const followers: { from: number; follower: ReturnType<typeof follow> }[] = [];
  for (let number = 0; number < 400; number++) {
    await feed.write(someEvent(number));
    if (number % 40 !== 20) continue;
    const head = await hub.readHead();
    // From the beginning, from the middle, and from now.
    for (const from of [0, Math.floor(head.position / 2), head.position])
      followers.push({ from, follower: follow(hub, "t1", from, head.position) });
  }
  for (const { from, follower } of followers)
    await expectSoon(() => follower.positions).toEqual(
      Array.from({ length: 400 - from }, (_, index) => from + 1 + index),
    );
  expect(followers).toHaveLength(30);
  await Promise.all(followers.map(({ follower }) => follower.stop()));
});

it("stamper and hub go on when the database has ended all their connections", async () => {
  await feed.startStamper();
  const { hub } = await feed.startHub();
  const follower = follow(hub, "t1", 0, 0);
  const owner = new Client({ connectionString: feed.database.ownerUrl });
  await owner.connect();
  for (let round = 1; round <= 3; round++) {
    await feed.write(someEvent(round));
    await expectSoon(() => follower.positions).toEqual(
      Array.from({ length: round }, (_, index) => index + 1),
    );
    // As a restart of the server does. Theirs, and those of their listeners; not that of whoever writes here.
    const { rows } = await owner.query<{ application: string }>(
      `select application_name as application, pg_terminate_backend(pid)
       from pg_stat_activity
       where datname = current_database() and application_name in ('test-feed-part', 'script-listener')`,
    );
    expect(new Set(rows.map(({ application }) => application))).toContain("test-feed-part");
  }
  await owner.end();
  await follower.stop();
});

it("nothing of one tenant comes to another, and a tenant without news is not read", async () => {
  let reads = 0;
  const inTenant: typeof feed.api.inTenant = (...args) => {
    reads++;
    return feed.api.inTenant(...args);
  };
  const hub = new EventHub({ prisma: feed.api.prisma, inTenant, log });
  const one = follow(hub, "t1", 0, 0);
  const two = follow(hub, "t2", 0, 0);
  await feed.write(someEvent(1), someEvent(2));
  await stamp();
  hub.hear('{"after":0,"to":2,"tenants":["t1"]}');
  await expectSoon(() => one.positions).toEqual([1, 2]);
  expect(reads).toBe(1);
  await feed.write(someEvent(3, { tenantId: "t2" }));
  await stamp();
  hub.hear('{"after":2,"to":3,"tenants":["t2"]}');
  await expectSoon(() => two.positions).toEqual([3]);
  expect([one.positions, reads]).toEqual([[1, 2], 2]);
  await Promise.all([one.stop(), two.stop()]);
});

it("hints that are lost, doubled, late or nonsense cost nothing but a look", async () => {
  const hub = new EventHub({ ...feed.api, log });
  const follower = follow(hub, "t1", 0, 0);
  await feed.write(someEvent(1), someEvent(2), someEvent(3));
  await stamp();
  // As if the hint of 1 to 2 was lost: the next one does not speak for them.
  hub.hear('{"after":2,"to":3,"tenants":["t2"]}');
  await expectSoon(() => follower.positions).toEqual([1, 2, 3]);
  for (const text of ["", '{"after":0,"to":2,"tenants":["t1"]}', '{"after":2,"to":3}', "{}"]) hub.hear(text);
  await feed.write(someEvent(4));
  await stamp();
  expect([await hub.look(), await hub.look()]).toEqual([true, false]);
  await expectSoon(() => follower.positions).toEqual([1, 2, 3, 4]);
  await follower.stop();
});

it("a filter that little fits reads on over what does not fit", async () => {
  const hub = new EventHub({ ...feed.api, log });
  for (let page = 0; page < 5; page++) {
    await feed.write(
      ...Array.from({ length: 500 }, (_, index) =>
        someEvent(index, index === 250 ? { scriptId: "rare", runId: "r1", type: "Rare.Thing_1.v1" } : {}),
      ),
    );
    await stamp();
  }
  const rare = [251, 751, 1_251, 1_751, 2_251];
  const filters: EventFilter[] = [
    { scriptId: "rare" },
    { runId: "r1", correlationId: "c1" },
    { types: ["Rare.*"] },
    { types: ["Nothing.*", "Rare.Thing_1.v1"] },
  ];
  for (const filter of filters) {
    const follower = follow(hub, "t1", 0, 2_500, filter);
    await expectSoon(() => follower.positions).toEqual(rare);
    await follower.stop();
  }
});

it("a subscriber that stands still keeps nobody else, and goes on from the database", async () => {
  const hub = new EventHub({ ...feed.api, log });
  const still = hub.subscribe(
    { tenantId: "t1", filter: {} },
    { position: 0, expiredPosition: 0 },
    () => undefined,
  );
  const quick = follow(hub, "t1", 0, 0);
  // More than the windows of a process keep: 40 MB.
  const payload = { text: "x".repeat(400_000) };
  for (let round = 0; round < 10; round++) {
    await feed.write(...Array.from({ length: 10 }, () => someEvent(0, { payload })));
    await stamp();
    await hub.look();
  }
  const all = Array.from({ length: 100 }, (_, index) => index + 1);
  await expectSoon(() => quick.positions).toEqual(all);
  const seen: number[] = [];
  for (let after = 0; after < 100;) {
    const page = await still.read(after, 30);
    if (page.kind !== "page") throw new Error("expired");
    seen.push(...page.events.map(({ position }) => position));
    after = page.next;
  }
  expect(seen).toEqual(all);
  still.close();
  await quick.stop();
});

it("a subscriber for whom there is nothing is not called, and when there is, does not look through the rest again", async () => {
  let reads = 0;
  let calls = 0;
  const inTenant: typeof feed.api.inTenant = (...args) => {
    reads++;
    return feed.api.inTenant(...args);
  };
  const hub = new EventHub({ prisma: feed.api.prisma, inTenant, log });
  const head = { position: 0, expiredPosition: 0 };
  const subscription = hub.subscribe({ tenantId: "t1", filter: { scriptId: "mine" } }, head, () => calls++);
  expect(await subscription.read(0, 10)).toEqual({ kind: "page", events: [], next: 0, more: false });
  // More than a window keeps: whoever began to read at the beginning would have to ask the database.
  const payload = { text: "x".repeat(400_000) };
  for (let round = 0; round < 10; round++) {
    await feed.write(...Array.from({ length: 10 }, () => someEvent(0, { payload, scriptId: "other" })));
    await stamp();
    await hub.look();
  }
  await feed.write(someEvent(101, { scriptId: "mine" }));
  await stamp();
  await hub.look();
  await expectSoon(() => calls).toBe(1);
  const readsBefore = reads;
  const page = await subscription.read(0, 10);
  expect(page).toMatchObject({ events: [{ position: 101 }], next: 101, more: false });
  expect([calls, reads]).toEqual([1, readsBefore]);
  // From where it has never been told to go on from it sees all there is, as anybody would.
  expect(await subscription.read(5, 10)).toMatchObject({ events: [{ position: 101 }], next: 101 });
  expect(reads).toBeGreaterThan(readsBefore);
  subscription.close();
});

it("many who catch up keep nobody waiting who is up to date", async () => {
  await feed.write(...Array.from({ length: 5 }, (_, index) => someEvent(index)));
  await stamp();
  // Their reads hang until they may go on.
  const mayGoOn = Promise.withResolvers<void>();
  const head = { position: 5, expiredPosition: 0 };
  let hang = true;
  const inTenant: typeof feed.api.inTenant = async (...args) => {
    if (hang) await mayGoOn.promise;
    return feed.api.inTenant(...args);
  };
  const hub = new EventHub({ prisma: feed.api.prisma, inTenant, log });
  const late = Array.from({ length: 50 }, () =>
    hub.subscribe({ tenantId: "t1", filter: {} }, head, () => undefined),
  );
  const reads = late.map((subscription) => subscription.read(0, 100));
  hang = false;
  const live = follow(hub, "t2", 5, 5);
  await feed.write(someEvent(6, { tenantId: "t2" }));
  await stamp();
  await hub.look();
  await expectSoon(() => live.positions).toEqual([6]);
  mayGoOn.resolve();
  const pages = await Promise.all(reads);
  expect(pages.every((page) => page.kind === "page" && page.events.length === 5)).toBe(true);
  await live.stop();
});

it("a subscriber whose events are deleted before they were read is called, and told", async () => {
  let calls = 0;
  const hub = new EventHub({ ...feed.api, log });
  const subscription = hub.subscribe(
    { tenantId: "t1", filter: {} },
    { position: 0, expiredPosition: 0 },
    () => calls++,
  );
  await feed.write(someEvent(1), someEvent(2));
  await stamp();
  await expireEvents({ prisma: feed.worker }, new Date(Date.now() + 60_000), 10);
  await hub.look();
  await expectSoon(() => calls).toBe(1);
  expect(await subscription.read(0, 10)).toEqual({
    kind: "expired",
    expiredPosition: 2,
    headPosition: 2,
  });
  subscription.close();
});

it("when the feed has gone back whoever was beyond is told, and nobody misses what comes then", async () => {
  const hub = new EventHub({ ...feed.api, log });
  const head = { position: 0, expiredPosition: 0 };
  let calls = 0;
  const ahead = hub.subscribe({ tenantId: "t1", filter: {} }, head, () => calls++);
  const behind = hub.subscribe({ tenantId: "t1", filter: {} }, head, () => undefined);
  await feed.write(someEvent(1), someEvent(2), someEvent(3), someEvent(4));
  await stamp();
  await hub.look();
  await expectSoon(() => calls).toBe(1);
  const read = async (subscription: Subscription, after: number) => {
    const page = await subscription.read(after, 10);
    return page.kind === "page" ? page.events.map(({ position, json }) => [position, numberIn(json)]) : page;
  };
  expect(await read(ahead, 0)).toEqual([1, 2, 3, 4].map((number) => [number, number]));
  await feed.goBack(2);
  await hub.look();
  expect(calls).toBe(2);
  expect(await read(ahead, 4)).toEqual({ kind: "rewound", head: { position: 2, expiredPosition: 0 } });
  // The positions are given out again.
  await feed.write(someEvent(30), someEvent(40), someEvent(50));
  await stamp();
  await hub.look();
  await expectSoon(() => calls).toBe(3);
  const after = [
    [3, 30],
    [4, 40],
    [5, 50],
  ];
  expect(await read(ahead, 2)).toEqual(after);
  expect(await read(behind, 1)).toEqual([[2, 2], ...after]);
  for (const subscription of [ahead, behind]) subscription.close();
});

const numberIn = (json: string) => (JSON.parse(json) as { payload: { number: number } }).payload.number;
