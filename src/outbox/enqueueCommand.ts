import { Prisma } from "../db/generated/client.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import type { Actor } from "../scripts/storedCommand.ts";
import { MAX_ATTEMPTS } from "./attempts.ts";
import type { OutboxRow } from "./outboxRow.ts";
import type { SendOutboxJobs } from "./sendOutboxJobs.ts";

/** A generic command on its way into the outbox. Its members are documented in prisma/schema/outbox.prisma. */
export interface CommandEnvelope {
  readonly tenantId: string;
  /** Id of the row: the caller's effect id, so that a repeat of the request is the same row. */
  readonly id: string;
  /** Type and version, such as Contacts.UpsertAndLink.v1. */
  readonly command: string;
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** The actor as the caller's body said it, such as { userId: "u_123" }. */
  readonly saidActor: JsonObject;
  readonly context: JsonObject;
  readonly payload: Json;
  /** Who really asks, and what they may. */
  readonly actor: Actor;
  readonly role: string;
  /** When a run sends it: which run, and which of its actions. */
  readonly run?:
    { readonly runId: string; readonly runNodeId: string; readonly runDispatch: number } | undefined;
  readonly now: Date;
}

export interface JsonObject {
  readonly [key: string]: Json;
}

export interface EnqueueDeps {
  readonly sendJobs: SendOutboxJobs;
}

export type EnqueueTx = Pick<Prisma.TransactionClient, "commandOutbox" | "$queryRawUnsafe">;

/**
 * Writes a command and its job in the caller's transaction; whoever commits it should wake a worker after that.
 *
 * Throws what Prisma throws (P2002) when the id, the correlation id or the run's dispatch is in use.
 */
export async function enqueueCommand(
  deps: EnqueueDeps,
  tx: EnqueueTx,
  envelope: CommandEnvelope,
): Promise<OutboxRow> {
  const { tenantId, id, actor, now } = envelope;
  const row = await tx.commandOutbox.create({
    data: {
      tenantId,
      id,
      command: envelope.command,
      correlationId: envelope.correlationId,
      causationId: envelope.causationId ?? null,
      traceparent: envelope.traceparent ?? null,
      actorJson: envelope.saidActor,
      contextJson: envelope.context,
      payloadJson: envelope.payload === null ? Prisma.JsonNull : (envelope.payload as Prisma.InputJsonValue),
      actorType: actor.type,
      actorId: actor.id,
      onBehalfOf: actor.onBehalfOf ?? null,
      actorRole: envelope.role,
      ...envelope.run,
      maxAttempts: MAX_ATTEMPTS,
      dueAt: now,
      createdAt: now,
      updatedAt: now,
    },
  });
  await deps.sendJobs(tx, [row]);
  return row;
}
