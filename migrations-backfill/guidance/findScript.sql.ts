import type { Prisma } from "../../src/db/generated/client.ts";

/** Whether legacy guidance has a script of this id. */
export async function findScript(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  id: string,
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`select from guidance."Script" where "id" = ${id}`;
  return rows.length > 0;
}
