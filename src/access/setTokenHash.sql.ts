import type { Prisma } from "../db/generated/client.ts";

/** Says which token the rest of this transaction may look up; row-level security shows that one only. */
export async function setTokenHash(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  hash: string,
): Promise<void> {
  await tx.$queryRaw`select set_config('app.token_hash', ${hash}, true)`;
}
