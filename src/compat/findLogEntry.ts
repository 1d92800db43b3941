import type { TenantTx } from "../db/inTenant.ts";

/** The first log entry that a request caused in a run. */
export async function findLogEntry(
  tx: Pick<TenantTx, "scriptRunLog">,
  key: { readonly tenantId: string; readonly runId: string; readonly requestId: string },
): Promise<{ readonly ordinal: number; readonly occurredAt: Date } | undefined> {
  const row = await tx.scriptRunLog.findFirst({
    where: key,
    orderBy: { ordinal: "asc" },
    select: { ordinal: true, occurredAt: true },
  });
  return row ?? undefined;
}
