import type { InTenant, TenantTx } from "../db/inTenant.ts";
import { enqueueCommand, type CommandEnvelope, type EnqueueDeps } from "./enqueueCommand.ts";
import { isUniqueViolation } from "./isUniqueViolation.ts";
import type { OutboxRow } from "./outboxRow.ts";

export interface SendCommandDeps extends EnqueueDeps {
  readonly inTenant: InTenant;
  /** Called after the commit. */
  readonly wake: () => void;
}

export type SendOutcome =
  | { readonly kind: "sent"; readonly row: OutboxRow }
  /** The same command, by its id, was sent before; this is where it stands. */
  | { readonly kind: "repeated"; readonly row: OutboxRow }
  /** The correlation id names another command, or the id stands for another one. */
  | { readonly kind: "correlation_id_reused"; readonly correlationId: string };

/** Stores a caller's command with its job. Sending it again under the same id is harmless. */
export async function sendCommand(deps: SendCommandDeps, envelope: CommandEnvelope): Promise<SendOutcome> {
  const { tenantId } = envelope;
  try {
    const row = await deps.inTenant(tenantId, (tx) => enqueueCommand(deps, tx, envelope));
    deps.wake();
    return { kind: "sent", row };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const row = await deps.inTenant(tenantId, (tx) => findById(tx, envelope));
    return row?.command === envelope.command
      ? { kind: "repeated", row }
      : { kind: "correlation_id_reused", correlationId: envelope.correlationId };
  }
}

function findById(
  tx: Pick<TenantTx, "commandOutbox">,
  { tenantId, id }: CommandEnvelope,
): Promise<OutboxRow | null> {
  return tx.commandOutbox.findUnique({ where: { tenantId_id: { tenantId, id } } });
}
