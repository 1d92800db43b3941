import type { PrismaClient } from "../../db/generated/client.ts";
import { selectDisorderedEvents, selectFeedGaps, selectFeedHead, selectMisplacedEvents } from "./feed.sql.ts";
import type { GlobalContext } from "./globalContext.ts";

const PAGE = 20_000;

/** Holds the feed's numbers against its head, and its places against the events. */
export async function checkFeedContiguous(context: GlobalContext): Promise<void> {
  const { prisma, findings, limit } = context;
  const head = await selectFeedHead(prisma);
  if (!head) {
    findings.add({
      check: "feed-contiguous",
      message: "The feed has no head row: stampers cannot take turns.",
    });
    return;
  }
  let after = head.expiredPosition;
  for (;;) {
    const page = await selectFeedGaps(prisma, { after, upTo: head.position, limit: PAGE });
    findings.looked("feed-contiguous", page.rows);
    for (const { position, before } of page.gaps)
      // Events that grew old since the head was read are gone from the front; that is no gap.
      if (BigInt(position) > (await expiredNow(prisma)) + 1n)
        findings.add({
          check: "feed-contiguous",
          message: `After position ${before} of the feed comes ${position}.`,
        });
    if (page.last === null) break;
    after = page.last;
  }
  if (after < head.position && after < head.position - (await expiredSince(prisma, head.position)))
    findings.add({
      check: "feed-contiguous",
      message: `The feed ends at position ${after}, its head says ${head.position}.`,
    });
  for (const { tenantId, id, position } of await selectMisplacedEvents(prisma, {
    tenantId: context.tenantId,
    limit,
  }))
    findings.add({
      check: "feed-contiguous",
      tenantId,
      message:
        position === null
          ? `Event ${id} is marked as stamped and has no place in the feed.`
          : `Event ${id} stands at position ${position} and is not marked as stamped.`,
    });
}

async function expiredNow(prisma: Pick<PrismaClient, "$queryRaw">): Promise<bigint> {
  return (await selectFeedHead(prisma))?.expiredPosition ?? 0n;
}

/** 0 unless everything up to the head that we read has grown old meanwhile. */
async function expiredSince(prisma: Pick<PrismaClient, "$queryRaw">, position: bigint): Promise<bigint> {
  return (await expiredNow(prisma)) >= position ? position : 0n;
}

/** Holds the order of each script's events in the feed against the order of its log. */
export async function checkFeedOrder(context: GlobalContext): Promise<void> {
  const { prisma, findings, tenantId, scriptId, limit } = context;
  const head = await selectFeedHead(prisma);
  findings.looked("feed-order", Number((head?.position ?? 0n) - (head?.expiredPosition ?? 0n)));
  for (const event of await selectDisorderedEvents(prisma, { tenantId, scriptId, limit })) {
    const { fromSequence, beforeSequence } = event;
    const isGap = fromSequence !== null && beforeSequence !== null && fromSequence !== beforeSequence + 1;
    findings.add({
      check: "feed-order",
      tenantId: event.tenantId,
      scriptId: event.scriptId,
      message: isGap
        ? `Position ${event.position}: the batch starts at command ${fromSequence}, the one before it in the feed (position ${event.beforePosition}) ends at ${beforeSequence}.`
        : `Position ${event.position}: ${event.type} was written before the event at position ${event.beforePosition}, and stands after it.`,
    });
  }
}
