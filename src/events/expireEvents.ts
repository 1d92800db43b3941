import type { PrismaClient } from "../db/generated/client.ts";

export interface ExpireDeps {
  /** In the role script_worker. */
  readonly prisma: Pick<PrismaClient, "$transaction" | "eventTicket">;
}

const TRANSACTION = { maxWait: 10_000, timeout: 30_000 };

/**
 * Deletes the oldest events that were stamped before a time, at most `limit`, and says how many. Whoever still
 * asks for them is told: expiredPosition moves in the same transaction.
 */
export async function expireEvents(deps: ExpireDeps, before: Date, limit: number): Promise<number> {
  return deps.prisma.$transaction(async (tx) => {
    // From the oldest on, and not by time: there is no index by time, and none is needed.
    const oldest = await tx.eventFeed.findMany({
      orderBy: { position: "asc" },
      take: limit,
      select: { position: true, tenantId: true, eventId: true, stampedAt: true },
    });
    const firstToStay = oldest.findIndex(({ stampedAt }) => stampedAt >= before);
    const expired = firstToStay < 0 ? oldest : oldest.slice(0, firstToStay);
    const last = expired.at(-1);
    if (!last) return 0;
    await tx.eventFeed.deleteMany({ where: { position: { lte: last.position } } });
    for (const [tenantId, events] of Map.groupBy(expired, (place) => place.tenantId))
      await tx.domainEvent.deleteMany({
        where: { tenantId, id: { in: events.map(({ eventId }) => eventId) } },
      });
    // Last: the stampers wait for this row.
    await tx.eventFeedHead.updateMany({
      where: { id: 1, expiredPosition: { lt: last.position } },
      data: { expiredPosition: last.position },
    });
    return expired.length;
  }, TRANSACTION);
}

/** Deletes tickets that nobody used in time. */
export async function expireTickets(deps: ExpireDeps, now: Date): Promise<void> {
  await deps.prisma.eventTicket.deleteMany({ where: { expiresAt: { lt: now } } });
}
