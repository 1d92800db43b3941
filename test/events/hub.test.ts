import { afterEach, beforeEach, expect, it } from "vitest";
import { expectSoon } from "../support/expectSoon.ts";
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
  const subscription: Subscription = hub.subscribe(tenantId, { position: head, expiredPosition: 0 }, () =>
    news.resolve(),
  );
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      news = Promise.withResolvers<void>();
      const page = await subscription.read(after, filter, 20);
      if (page.kind === "expired") throw new Error("expired");
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
  const still = hub.subscribe("t1", { position: 0, expiredPosition: 0 }, () => undefined);
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
    const page = await still.read(after, {}, 30);
    if (page.kind !== "page") throw new Error("expired");
    seen.push(...page.events.map(({ position }) => position));
    after = page.next;
  }
  expect(seen).toEqual(all);
  still.close();
  await quick.stop();
});
