import type { Prisma } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";

/**
 * Locks the stream rows of scripts, in order of their keys so that two transactions never wait in a circle, and says
 * how long their logs are. No edit of theirs is appended until the transaction ends.
 */
export async function lockStreams(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  keys: readonly ScriptKey[],
): Promise<(ScriptKey & { readonly headSequence: number })[]> {
  return tx.$queryRaw<(ScriptKey & { headSequence: number })[]>`
    select stream."tenantId", stream."scriptId", stream."headSequence"
    from unnest(${keys.map((key) => key.tenantId)}::text[], ${keys.map((key) => key.scriptId)}::text[])
      as wanted ("tenantId", "scriptId")
    join scripts."ScriptStream" stream
      on stream."tenantId" = wanted."tenantId"
      and stream."scriptId" = wanted."scriptId"
    order by stream."tenantId", stream."scriptId"
    for update of stream`;
}
