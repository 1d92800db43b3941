import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { expectSoon } from "../support/expectSoon.ts";
import { expireEvents } from "../../src/events/expireEvents.ts";
import { readFeed } from "../../src/events/readFeed.ts";
import { stampEvents } from "../../src/events/stampEvents.ts";
import { startRetention } from "../../src/events/startRetention.ts";
import { listEvents } from "../../src/http/routes/listEvents.ts";
import { numbersOf, openFeed, someEvent, type Feed } from "./support/openFeed.ts";

let feed: Feed;
beforeEach(async () => {
  feed = await openFeed();
  // Ten old ones of two tenants, five new ones.
  for (const [count, at] of [
    [10, "2026-01-01T00:00:00.000Z"],
    [5, "2026-02-01T00:00:00.000Z"],
  ] as const) {
    const events = Array.from({ length: count }, (_, index) =>
      someEvent(index, { tenantId: index % 2 === 0 ? "t1" : "t2" }),
    );
    await feed.write(...events);
    await stampEvents({ prisma: feed.worker, now: () => new Date(at) }, 100);
  }
});
afterEach(() => feed.close());

const MIDDLE = new Date("2026-01-15T00:00:00.000Z");
const expire = (limit: number) => expireEvents({ prisma: feed.worker }, MIDDLE, limit);
const readFrom = (after: number) => readFeed(feed.api, { tenantId: "t1", after, limit: 100, filter: {} });

it("deletes the old ones batch by batch, and tells whoever asks for them", async () => {
  expect(await expire(7)).toBe(7);
  expect(await readFrom(3)).toEqual({ kind: "expired", expiredPosition: 7, headPosition: 15 });
  expect([await expire(7), await expire(7)]).toEqual([3, 0]);
  expect(await readFrom(9)).toEqual({ kind: "expired", expiredPosition: 10, headPosition: 15 });
  const page = await readFrom(10);
  expect(page.kind === "page" && [numbersOf(page.events), page.next]).toEqual([[0, 2, 4], 15]);
  expect([await feed.worker.domainEvent.count(), await feed.worker.eventFeed.count()]).toEqual([5, 5]);
});

it("leaves what is not stamped, however old it is", async () => {
  await feed.write(someEvent(99, { occurredAt: new Date("2020-01-01T00:00:00.000Z") }));
  expect(await expire(100)).toBe(10);
  expect(await feed.worker.domainEvent.count({ where: { isStamped: false } })).toBe(1);
});

it("deletes all of them when all are old, and the feed goes on after them", async () => {
  expect(await expireEvents({ prisma: feed.worker }, new Date("2027-01-01T00:00:00.000Z"), 100)).toBe(15);
  await feed.write(someEvent(7));
  await stampEvents({ prisma: feed.worker, now: () => new Date() }, 10);
  const page = await readFrom(15);
  expect(page.kind === "page" && page.events.map(({ position }) => position)).toEqual([16]);
});

it("runs by itself, in several processes at once", async () => {
  const deps = {
    prisma: feed.worker,
    now: () => new Date("2026-02-10T00:00:00.000Z"),
    log: { warn: () => undefined },
  };
  const options = { keepMs: 14 * 24 * 3_600_000, intervalMs: 60_000 };
  const running = [startRetention(deps, options), startRetention(deps, options)];
  await expectSoon(() => feed.worker.eventFeed.count()).toBe(5);
  await Promise.all(running.map((one) => one.stop()));
  expect((await readFrom(10)).kind).toBe("page");
});

it("deletion that overtakes a reader between two pages of one answer takes nothing from what was read", async () => {
  await feed.worker.eventFeed.deleteMany();
  await feed.worker.domainEvent.deleteMany();
  // So large, and so little alike, that a page holds a few of them only.
  const payload = () => ({ text: randomBytes(100_000).toString("base64") });
  await feed.write(...Array.from({ length: 6 }, (_, index) => someEvent(index, { payload: payload() })));
  await stampEvents({ prisma: feed.worker, now: () => new Date(0) }, 100);
  let reads = 0;
  const inTenant: typeof feed.api.inTenant = async (...args) => {
    if (++reads === 2) await expire(100);
    return feed.api.inTenant(...args);
  };
  const list = (after: number | undefined) =>
    listEvents.handle({ inTenant } as never, { tenantId: "t1", query: { after, limit: 1_000 } } as never);
  const { body } = (await list(15)) as { body: { events: { position: number }[]; next: number } };
  expect(body.events.length).toBeGreaterThan(0);
  expect(body.next).toBe(body.events.at(-1)!.position);
  expect(body.next).toBeLessThan(21);
  expect(await list(body.next)).toMatchObject({ kind: "problem", code: "cursor_expired" });
  // Who names no place begins where the deleted part ends.
  expect(await list(undefined)).toMatchObject({ body: { events: [], next: 21 } });
});
