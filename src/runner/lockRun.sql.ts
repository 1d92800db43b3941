import type { TenantTx } from "../db/inTenant.ts";
import type { RunKey } from "./runnerDeps.ts";

/**
 * Locks a run until the transaction ends; false when the tenant has no such run. The lock orders everything that
 * happens to one run: its state, log, variables, commands and events.
 *
 * It reads nothing else: what a statement reads is as old as its beginning, which may be before the lock was free.
 */
export async function lockRun(
  tx: Pick<TenantTx, "$queryRaw">,
  { tenantId, runId }: RunKey,
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1
    from scripts."ScriptRun"
    where "tenantId" = ${tenantId}
      and "id" = ${runId}
    for update`;
  return rows.length > 0;
}
