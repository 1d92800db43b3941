import type { TenantTx } from "../db/inTenant.ts";
import type { LogEntry } from "../runs/trace.ts";
import type { RunKey } from "./runnerDeps.ts";

/** What a request did in a run, in order; empty when it has not been taken yet. */
export async function findRequest(
  tx: Pick<TenantTx, "scriptRunLog">,
  { tenantId, runId, requestId }: RunKey & { readonly requestId: string },
): Promise<readonly LogEntry[]> {
  const rows = await tx.scriptRunLog.findMany({
    where: { tenantId, runId, requestId },
    orderBy: { ordinal: "asc" },
    select: { entry: true },
  });
  return rows.map(({ entry }) => entry as unknown as LogEntry);
}
