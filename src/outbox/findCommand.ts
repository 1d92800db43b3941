import type { TenantTx } from "../db/inTenant.ts";
import type { OutboxRow } from "./outboxRow.ts";

/**
 * The command that a correlation id names. The actions of a run share the run's: then it is what a caller sent
 * under that id, or else the action that was sent last.
 */
export function findCommand(
  tx: Pick<TenantTx, "commandOutbox">,
  input: { readonly tenantId: string; readonly correlationId: string },
): Promise<OutboxRow | null> {
  const { tenantId, correlationId } = input;
  return tx.commandOutbox.findFirst({
    where: { tenantId, correlationId },
    orderBy: [{ runId: { sort: "asc", nulls: "first" } }, { createdAt: "desc" }, { id: "desc" }],
  });
}
