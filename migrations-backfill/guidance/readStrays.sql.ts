import type { Prisma } from "../../src/db/generated/client.ts";
import { QUARANTINE_REASONS } from "../../src/guidance/reasons.ts";
import type { QuarantinedRow } from "../../src/guidance/reasons.ts";

type ReadTx = Pick<Prisma.TransactionClient, "$queryRaw">;

/**
 * Rows that hang on nothing and so are part of no script and no run: at most `limit`, in order. A version without
 * a script stands for its nodes, edges and variables as well.
 */
export async function readStrays(tx: ReadTx, limit = 10_000): Promise<QuarantinedRow[]> {
  const rows = await tx.$queryRaw<Omit<QuarantinedRow, "message">[]>`
    select 'ScriptVersion' as "legacyTable", "id" as "legacyId", 'version_orphan' as "code"
    from guidance."ScriptVersion" as version
    where not exists (select from guidance."Script" where "id" = version."scriptId")
    union all
    select 'ScriptNode', "id", 'node_orphan'
    from guidance."ScriptNode" as node
    where not exists (select from guidance."ScriptVersion" where "id" = node."scriptVersionId")
    union all
    select 'ScriptEdge', "id", 'edge_orphan'
    from guidance."ScriptEdge" as edge
    where not exists (select from guidance."ScriptVersion" where "id" = edge."scriptVersionId")
    union all
    select 'ScriptVariable', "id", 'variable_orphan'
    from guidance."ScriptVariable" as variable
    where not exists (select from guidance."ScriptVersion" where "id" = variable."scriptVersionId")
    union all
    select 'ScriptAnswer', "id", 'answer_orphan'
    from guidance."ScriptAnswer" as answer
    where not exists (select from guidance."ScriptRun" where "id" = answer."runId")
    order by 1, 2
    limit ${limit}`;
  return rows.map((row) => ({ ...row, message: QUARANTINE_REASONS[row.code] }));
}
