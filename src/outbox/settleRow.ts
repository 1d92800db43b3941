import { fromPrisma, type PgBoss } from "pg-boss";
import { Prisma, type PrismaClient } from "../db/generated/client.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { retryDelayMs } from "./attempts.ts";
import { completionEvent } from "./commandName.ts";
import type { JsonObject } from "./enqueueCommand.ts";
import type { HandlerError, HandlerOutcome } from "./handler.ts";
import type { OutboxRow } from "./outboxRow.ts";
import type { OutboxPause } from "./pausePoint.ts";
import { OUTBOX_FAILED_QUEUE, OUTBOX_QUEUE, toJob } from "./sendOutboxJobs.ts";

/** Says to all who listen that a command is done. */
export interface CompletionEvent {
  readonly tenantId: string;
  readonly type: string;
  readonly runId?: string | undefined;
  readonly correlationId: string;
  /** Id of the command. */
  readonly causationId: string;
  readonly success: boolean;
  readonly payload: JsonObject;
  readonly occurredAt: Date;
}

export interface SettleDeps {
  readonly prisma: Pick<PrismaClient, "$transaction">;
  readonly boss: Pick<PgBoss, "insert" | "complete">;
  readonly now: () => Date;
  readonly writeEvents: (tx: Prisma.TransactionClient, events: readonly CompletionEvent[]) => Promise<void>;
  /** Called in the transaction that makes a row COMPLETED or FAILED, with the row as it is then. */
  readonly onSettled: (tx: Prisma.TransactionClient, row: OutboxRow) => Promise<void>;
  /** Stops at a named point, for tests of races and crashes. */
  readonly pause?: OutboxPause;
}

/** A job as it was fetched: retryCount tells this attempt from a later one of the same job. */
export interface JobAttempt {
  readonly id: string;
  readonly retryCount: number;
}

export type SettleOutcome =
  | { readonly kind: "settled"; readonly row: OutboxRow }
  /** It is tried again, or called again, then. */
  | { readonly kind: "postponed"; readonly row: OutboxRow }
  /** A later attempt has taken the row. Nothing was written. */
  | { readonly kind: "superseded" };

const TRANSACTION = { maxWait: 30_000, timeout: 30_000 };

/** Thrown to roll back: Prisma commits whatever a transaction's function returns. */
class SupersededError extends Error {}

/**
 * Writes what became of an attempt, in one transaction: the row, the handler's own effect, the completion event,
 * what hangs on it, the next job or the dead letter, and the end of this job. Nothing is written when a later
 * attempt has taken the row.
 */
export async function settleRow(
  deps: SettleDeps,
  claimed: OutboxRow,
  job: JobAttempt,
  outcome: HandlerOutcome,
): Promise<SettleOutcome> {
  const next = decideNext(claimed, outcome, deps.now());
  try {
    const row = await deps.prisma.$transaction(
      (tx) => writeAll(deps, tx, { claimed, job, outcome, next }),
      TRANSACTION,
    );
    await deps.pause?.("committed", claimed);
    return { kind: row.completedAt ? "settled" : "postponed", row };
  } catch (error) {
    if (error instanceof SupersededError) return { kind: "superseded" };
    throw error;
  }
}

/** The columns that an outcome changes. */
interface Next {
  readonly status: OutboxRow["status"];
  readonly maxAttempts: number;
  readonly dueAt: Date;
  readonly updatedAt: Date;
  readonly completedAt: Date | null;
  readonly result: JsonObject | null;
  readonly error: HandlerError | null;
}

function decideNext(row: OutboxRow, outcome: HandlerOutcome, now: Date): Next {
  const same = { maxAttempts: row.maxAttempts, dueAt: row.dueAt, updatedAt: now, result: null, error: null };
  switch (outcome.kind) {
    case "completed":
      return { ...same, status: "COMPLETED", completedAt: now, result: outcome.result ?? {} };
    case "failed":
      return { ...same, status: "FAILED", completedAt: now, error: outcome.error };
    case "retry": {
      if (row.attempts >= row.maxAttempts)
        return { ...same, status: "FAILED", completedAt: now, error: outcome.error };
      const dueAt = new Date(now.getTime() + retryDelayMs(row.attempts));
      return { ...same, status: "PENDING", completedAt: null, dueAt, error: outcome.error };
    }
    case "later":
      // It stays PROCESSING: the handler has begun, and goes on then.
      return {
        ...same,
        status: "PROCESSING",
        completedAt: null,
        dueAt: outcome.at,
        maxAttempts: row.maxAttempts + 1,
      };
  }
}

interface Settlement {
  readonly claimed: OutboxRow;
  readonly job: JobAttempt;
  readonly outcome: HandlerOutcome;
  readonly next: Next;
}

async function writeAll(
  deps: SettleDeps,
  tx: Prisma.TransactionClient,
  { claimed, job, outcome, next }: Settlement,
): Promise<OutboxRow> {
  const row = await moveRow(tx, claimed, next);
  await deps.pause?.("fenced", claimed);
  if (outcome.kind === "completed") await outcome.write?.(tx);
  if (next.completedAt) {
    await deps.writeEvents(tx, [toEvent(row, outcome, next)]);
    await deps.onSettled(tx, row);
  } else {
    await deps.boss.insert(OUTBOX_QUEUE, [toJob(row, next.dueAt)], { db: fromPrisma(tx) });
  }
  // A refusal is an answer and no dead letter: there is nothing in it for an operator to put right.
  if (outcome.kind === "retry" && next.completedAt)
    await deps.boss.insert(OUTBOX_FAILED_QUEUE, [toJob(row)], { db: fromPrisma(tx) });
  await deps.boss.complete(OUTBOX_QUEUE, [job], null, { db: fromPrisma(tx) });
  await deps.pause?.("before_commit", claimed);
  return row;
}

/** Moves the row on, if this attempt still holds it; whoever wants to take it waits from here to the commit. */
async function moveRow(tx: Prisma.TransactionClient, claimed: OutboxRow, next: Next): Promise<OutboxRow> {
  const { tenantId, id, attempts } = claimed;
  const { result, error, ...columns } = next;
  const [moved] = await tx.commandOutbox.updateManyAndReturn({
    where: { tenantId, id, attempts, status: "PROCESSING" },
    data: {
      ...columns,
      ...(result && { resultJson: result, errorJson: Prisma.DbNull }),
      // The error of an attempt stays until another one ends, so that a caller sees why it takes so long.
      ...(error && { errorJson: error as unknown as Prisma.InputJsonObject }),
    },
  });
  if (!moved) throw new SupersededError();
  return moved;
}

function toEvent(row: OutboxRow, outcome: HandlerOutcome, next: Next): CompletionEvent {
  return {
    tenantId: row.tenantId,
    type: completionEvent(row.command),
    runId: row.runId ?? undefined,
    correlationId: row.correlationId,
    causationId: row.id,
    success: next.status === "COMPLETED",
    payload: toPayload(outcome, next),
    occurredAt: next.updatedAt,
  };
}

function toPayload(outcome: HandlerOutcome, { result, error }: Next): JsonObject {
  if (error) return { error: error as unknown as Json };
  return (outcome.kind === "completed" ? outcome.payload : undefined) ?? result ?? {};
}
