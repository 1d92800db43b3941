import type { PrismaClient } from "../db/generated/client.ts";
import type { OutboxKey, OutboxRow } from "./outboxRow.ts";

export interface ClaimDeps {
  readonly prisma: Pick<PrismaClient, "commandOutbox">;
  readonly now: () => Date;
}

/**
 * Takes rows for one attempt each: PROCESSING, with one attempt more. From here on that number is the fence:
 * whoever took a row before can no longer settle it. Rows that are settled, or have no attempt left, are not
 * among those returned.
 *
 * A row that is PROCESSING already is taken as well: its job came back because its worker died, or was taken
 * for dead.
 */
export async function claimRows(deps: ClaimDeps, keys: readonly OutboxKey[]): Promise<OutboxRow[]> {
  const { prisma, now } = deps;
  return prisma.commandOutbox.updateManyAndReturn({
    where: {
      OR: keys.map(({ tenantId, id }) => ({ tenantId, id })),
      status: { in: ["PENDING", "PROCESSING"] },
      attempts: { lt: prisma.commandOutbox.fields.maxAttempts },
    },
    data: { status: "PROCESSING", attempts: { increment: 1 }, updatedAt: now() },
  });
}
