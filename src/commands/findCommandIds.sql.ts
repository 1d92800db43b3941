import type { PrismaClient } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";

/**
 * The sequences under which a script's log has any of these command ids, in order.
 *
 * Asks for the first id that is not lower, in the order of the unique index: asked for equality, the planner
 * may read the script's whole log through the other index while the table has no statistics (6 ms at 10,000
 * commands).
 */
export async function findCommandIds(
  prisma: Pick<PrismaClient, "$queryRaw">,
  { tenantId, scriptId }: ScriptKey,
  commandIds: readonly string[],
): Promise<number[]> {
  const rows = await prisma.$queryRaw<{ sequence: number }[]>`
    select logged.sequence
    from unnest(${commandIds}::text[]) as wanted ("commandId")
    cross join lateral (
      select command."commandId", command.sequence
      from scripts."ScriptCommand" command
      where command."tenantId" = ${tenantId}
        and command."scriptId" = ${scriptId}
        and command."commandId" >= wanted."commandId"
      order by command."commandId"
      limit 1
    ) logged
    where logged."commandId" = wanted."commandId"
    order by logged.sequence`;
  return rows.map((row) => row.sequence);
}
