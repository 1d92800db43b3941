import type { Prisma } from "./generated/client.ts";

/** Says for whom the rest of this transaction reads and writes; row-level security holds it to that. */
export async function setTenant(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  tenantId: string,
): Promise<void> {
  await tx.$queryRaw`select set_config('app.tenant_id', ${tenantId}, true)`;
}
