import { afterAll, beforeAll, expect, it } from "vitest";
import { createTicket } from "../../src/events/createTicket.ts";
import { expireTickets } from "../../src/events/expireEvents.ts";
import { redeemTicket } from "../../src/events/redeemTicket.ts";
import { openFeed, type Feed } from "./support/openFeed.ts";

let feed: Feed;
beforeAll(async () => {
  feed = await openFeed();
});
afterAll(() => feed.close());

const HOLDER = {
  tenantId: "t1",
  actorId: "u1",
  actorType: "USER",
  role: "viewer",
  tokenId: "a1",
  tokenExpiresAt: null,
} as const;
const MADE_AT = new Date("2026-01-02T03:04:05.000Z");

const make = () => feed.api.inTenant("t1", (tx) => createTicket(tx, HOLDER, MADE_AT));
const redeem = (ticket: string, secondsLater = 1) =>
  redeemTicket(
    { prisma: feed.api.prisma, now: () => new Date(MADE_AT.getTime() + secondsLater * 1_000) },
    ticket,
  );

it("a ticket is good once", async () => {
  const { ticket, expiresAt } = await make();
  expect(expiresAt).toEqual(new Date("2026-01-02T03:05:05.000Z"));
  expect([await redeem(ticket), await redeem(ticket)]).toEqual([HOLDER, undefined]);
});

it("of many who use it at once, one gets it", async () => {
  const { ticket } = await make();
  const redeemed = await Promise.all(Array.from({ length: 10 }, () => redeem(ticket)));
  expect(redeemed.filter((holder) => holder !== undefined)).toEqual([HOLDER]);
});

it("a ticket is good for a minute", async () => {
  const { ticket } = await make();
  expect([await redeem(ticket, 60), await redeem(ticket, 59)]).toEqual([undefined, HOLDER]);
});

it("a ticket that nobody made is none", async () => {
  expect([await redeem(""), await redeem("x".repeat(43))]).toEqual([undefined, undefined]);
});

it("only the hash of a ticket is kept, and not for long", async () => {
  const { ticket } = await make();
  const rows = await feed.worker.eventTicket.findMany();
  expect(JSON.stringify(rows)).not.toContain(ticket);
  await expireTickets({ prisma: feed.worker }, new Date(MADE_AT.getTime() + 61_000));
  expect(await feed.worker.eventTicket.count()).toBe(0);
});
