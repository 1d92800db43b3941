import type { Prisma } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";

/** Locks a script's stream row until the transaction ends, and says how far it is materialized. */
export async function lockStream(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  key: ScriptKey,
): Promise<{ materializedSequence: number } | undefined> {
  const rows = await tx.$queryRaw<{ materializedSequence: number }[]>`
    select "materializedSequence"
    from scripts."ScriptStream"
    where "tenantId" = ${key.tenantId}
      and "scriptId" = ${key.scriptId}
    for no key update`;
  return rows[0];
}
