import type { Prisma } from "../db/generated/client.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { newId } from "../kernel/newId.ts";

/** Something that happened, as the transaction that causes it says it. */
export interface NewEvent {
  readonly tenantId: string;
  /** Such as Runs.Started.v1; of a completed command the name its sender asked for. */
  readonly type: string;
  readonly scriptId?: string | undefined;
  readonly runId?: string | undefined;
  readonly correlationId: string;
  /** Id of the command or event that this one follows from. */
  readonly causationId?: string | null | undefined;
  /** False for a failure. Default: true. Stands beside the payload, here and on the wire: it is no member of it. */
  readonly success?: boolean;
  readonly payload: Json;
  readonly occurredAt: Date;
}

/** What the column DomainEvent.payload keeps; writeEvents makes it. */
export interface StoredPayload {
  readonly success: boolean;
  readonly payload: Json;
}

/**
 * Writes events in the transaction that causes them: they are delivered if, and only if, it commits.
 *
 * The transaction must hold the lock that orders what happens to the events' script or run. The ordinal is drawn
 * in here, so whoever takes that lock later draws a higher one, whatever the clocks say. The events of one call
 * keep the order of the list: it is one insert of a list of rows, and those are numbered from the first to the last.
 */
export async function writeEvents(
  tx: { readonly domainEvent: Pick<Prisma.TransactionClient["domainEvent"], "createMany"> },
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await tx.domainEvent.createMany({ data: events.map(toRow) });
}

function toRow(event: NewEvent): Prisma.DomainEventCreateManyInput {
  const stored: StoredPayload = { success: event.success ?? true, payload: event.payload };
  return {
    tenantId: event.tenantId,
    id: newId(event.occurredAt.getTime()),
    type: event.type,
    scriptId: event.scriptId ?? null,
    runId: event.runId ?? null,
    correlationId: event.correlationId,
    causationId: event.causationId ?? null,
    payload: stored as unknown as Prisma.InputJsonObject,
    occurredAt: event.occurredAt,
  };
}
