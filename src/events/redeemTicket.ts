import type { PrismaClient } from "../db/generated/client.ts";
import { sha256 } from "../kernel/sha256.ts";
import type { TicketHolder } from "./createTicket.ts";
import { setTicketHash } from "./setTicketHash.sql.ts";

export interface RedeemTicketDeps {
  readonly prisma: Pick<PrismaClient, "$transaction">;
  readonly now: () => Date;
}

/**
 * Uses a ticket up and says for whom it stood. Undefined when there is none such: it was used, it is too old, or
 * nobody ever made it. Of several calls at once one gets it.
 */
export async function redeemTicket(
  deps: RedeemTicketDeps,
  ticket: string,
): Promise<TicketHolder | undefined> {
  const hash = sha256(ticket);
  return deps.prisma.$transaction(async (tx) => {
    await setTicketHash(tx, hash);
    const found = await tx.eventTicket.findUnique({
      where: { hash },
      select: {
        tenantId: true,
        actorId: true,
        actorType: true,
        role: true,
        tokenId: true,
        tokenExpiresAt: true,
        expiresAt: true,
      },
    });
    if (!found || found.expiresAt <= deps.now()) return undefined;
    // Whoever deletes the row has used it up; another that saw it too waits here, and then finds nothing to delete.
    const { count } = await tx.eventTicket.deleteMany({ where: { hash } });
    const { expiresAt: _, ...holder } = found;
    return count === 1 ? holder : undefined;
  });
}
