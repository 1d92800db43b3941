import type { Prisma } from "../db/generated/client.ts";

/**
 * Says which ticket the rest of this transaction may use up: its tenant is not known before, and row-level
 * security shows that one row only.
 */
export async function setTicketHash(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  hash: string,
): Promise<void> {
  await tx.$queryRaw`select set_config('app.ticket_hash', ${hash}, true)`;
}
