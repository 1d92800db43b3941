import type { Prisma, PrismaClient } from "../db/generated/client.ts";
import { formatHint } from "./feedHint.ts";
import { lockFeedHead } from "./lockFeedHead.sql.ts";
import { FEED_CHANNEL, notify } from "./notify.sql.ts";
import { selectUnstamped, type UnstampedEvent } from "./selectUnstamped.sql.ts";

export interface StampDeps {
  /** In the role script_worker. */
  readonly prisma: Pick<PrismaClient, "$transaction" | "$queryRaw">;
  readonly now: () => Date;
}

const TRANSACTION = { maxWait: 10_000, timeout: 20_000 };

/**
 * Gives the next positions of the feed to committed events that have none: 1..n without a gap, each event once.
 * Says how many it gave out, at most `limit`.
 *
 * Any number of processes may do this at once: the lock of the head row lets one at a time through. The events of
 * one script keep their order: whoever wrote the later one held the script's lock after the earlier was committed, so
 * whoever sees the later one sees the earlier, with a lower ordinal.
 */
export async function stampEvents(deps: StampDeps, limit: number): Promise<number> {
  // Most looks find nothing, and need no lock to find it.
  if ((await selectUnstamped(deps.prisma, 1)).length === 0) return 0;
  return deps.prisma.$transaction(async (tx) => {
    const head = await lockFeedHead(tx);
    const events = await selectUnstamped(tx, limit);
    if (events.length > 0) await stamp(tx, head, events, deps.now());
    return events.length;
  }, TRANSACTION);
}

async function stamp(
  tx: Prisma.TransactionClient,
  head: bigint,
  events: readonly UnstampedEvent[],
  now: Date,
): Promise<void> {
  const position = head + BigInt(events.length);
  await tx.eventFeed.createMany({
    data: events.map(({ tenantId, id }, index) => ({
      position: head + BigInt(index + 1),
      tenantId,
      eventId: id,
      stampedAt: now,
    })),
  });
  await tx.domainEvent.updateMany({
    where: { isStamped: false, ordinal: { in: events.map((event) => event.ordinal) } },
    data: { isStamped: true },
  });
  await tx.eventFeedHead.update({ where: { id: 1 }, data: { position, updatedAt: now } });
  const tenants = [...new Set(events.map((event) => event.tenantId))];
  // One for the whole page: a commit that notifies takes a lock of the whole cluster.
  await notify(tx, FEED_CHANNEL, formatHint({ after: Number(head), to: Number(position), tenants }));
}
