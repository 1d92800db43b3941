import type { Prisma } from "../db/generated/client.ts";

/** Says which tokens the rest of this transaction may look at, by their ids; row-level security shows those only. */
export async function setTokenIds(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  ids: readonly string[],
): Promise<void> {
  await tx.$queryRaw`select set_config('app.token_ids', ${ids.join()}, true)`;
}
