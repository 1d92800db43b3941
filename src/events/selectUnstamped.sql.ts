import type { Prisma } from "../db/generated/client.ts";

/** A committed event that has no place in the feed yet. */
export interface UnstampedEvent {
  readonly tenantId: string;
  readonly id: string;
  readonly ordinal: bigint;
}

/** The committed events without a place in the feed, in the order in which they were written; at most `limit`. */
export async function selectUnstamped(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  limit: number,
): Promise<UnstampedEvent[]> {
  return tx.$queryRaw<UnstampedEvent[]>`
    select "tenantId", id, ordinal
    from scripts."DomainEvent"
    where not "isStamped"
    order by ordinal
    limit ${limit}`;
}
