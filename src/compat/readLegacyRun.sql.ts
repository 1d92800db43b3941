import { Prisma } from "../db/generated/client.ts";
import type { LegacyAnswerRow, LegacyRun, LegacyRunRow } from "../guidance/legacyRows.ts";
import { milliseconds } from "./milliseconds.ts";

type ReadTx = Pick<Prisma.TransactionClient, "$queryRaw">;

/** A run with its answers; undefined when it is gone. */
export async function readLegacyRun(tx: ReadTx, id: string): Promise<LegacyRun | undefined> {
  const [row] = await tx.$queryRaw<LegacyRunRow[]>`
    select "id", "tenantId", "scriptId", "scriptVersion", "subjectSchema", "subjectModel", "subjectId",
      "startedByUserId", ${milliseconds(Prisma.sql`"startedAt"`)}, ${milliseconds(Prisma.sql`"completedAt"`)}, "state"::text as "state"
    from guidance."ScriptRun"
    where "id" = ${id}`;
  if (!row) return undefined;
  const answers = await tx.$queryRaw<LegacyAnswerRow[]>`
    select "id", "runId", "nodeKey", "value"::text as "value", ${milliseconds(Prisma.sql`"answeredAt"`)}
    from guidance."ScriptAnswer"
    where "runId" = ${id}`;
  return { row, answers };
}

/**
 * Locks a run of a tenant. The script must be the tenant's, whoever the run says it belongs to: nothing holds the
 * two together in the legacy tables. A run that names no tenant is that of its script's.
 */
export async function lockLegacyRun(
  tx: ReadTx,
  { tenantId, id }: { readonly tenantId: string; readonly id: string },
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select from guidance."ScriptRun" as run
    where run."id" = ${id} and (run."tenantId" is null or run."tenantId" = ${tenantId})
      and exists (
        select from guidance."Script" as script
        where script."id" = run."scriptId" and script."tenantId" = ${tenantId})
    for update of run`;
  return rows.length > 0;
}
