import type { Prisma, PrismaClient } from "../db/generated/client.ts";
import type { ScriptDetails, ScriptStatus } from "../scripts/state.ts";
import { callAppendCommands } from "./appendCommands.sql.ts";
import type { LogRow, ScriptKey } from "./logRow.ts";

/** A decided batch of one script, ready for the log. Dates travel as ISO 8601 text. */
export interface AppendRequest extends ScriptKey {
  /** The trace that the edit is a step of; goes with the job that it makes due, not into the log. */
  readonly traceparent?: string | undefined;
  /** Head that the batch was decided on; 0 creates the script. */
  readonly expectedSequence: number;
  /** Hash at that head: a head of the same length but another history is a conflict too. */
  readonly expectedChainHash: string | null;
  /** Wait for a locked stream row instead of answering busy. */
  readonly wait: boolean;
  readonly headSequence: number;
  readonly chainHash: string;
  /** The listing row, when the batch creates the script or changes its details or status. */
  readonly script: ScriptProjection | null;
  readonly updatedById: string;
  readonly updatedAt: string;
  readonly commands: readonly LogRow[];
}

export interface ScriptProjection extends ScriptDetails {
  readonly id: string;
  readonly tenantId: string;
  readonly status: ScriptStatus;
  readonly createdById: string;
  readonly createdAt: string;
  readonly updatedById: string;
  readonly updatedAt: string;
}

export type AppendOutcome =
  | { readonly kind: "appended"; readonly materializeDue: boolean }
  /** headSequence is null when there is no such script. */
  | { readonly kind: "conflict"; readonly headSequence: number | null }
  | { readonly kind: "duplicate"; readonly commandId: string; readonly sequence: number }
  | { readonly kind: "slug_taken" }
  /** Somebody else holds the stream row: try again soon. */
  | { readonly kind: "busy" };

export interface AppendDeps {
  readonly prisma: Pick<PrismaClient, "$transaction">;
  /** Enqueues materialization inside the transaction that appends. */
  readonly sendJobs: (tx: Prisma.TransactionClient, scripts: readonly DueScript[]) => Promise<void>;
}

/** A script with edits that wait to be materialized, and what the first of them was part of. */
export interface DueScript extends ScriptKey {
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** How long a group may wait for a connection, and how long it may take, in ms. One takes milliseconds. */
const TRANSACTION = { maxWait: 5_000, timeout: 15_000 };

/**
 * Appends decided batches to the log and enqueues their materialization, all in one transaction: one flush to
 * disk for all of them. A job is sent only for scripts that had none due; the materializer, which locks the
 * stream row before it reads the head, takes the rest along.
 *
 * Throws when the outcome is not known (a lost connection): the batches may or may not be in the log.
 */
export async function appendCommands(
  deps: AppendDeps,
  requests: readonly AppendRequest[],
): Promise<AppendOutcome[]> {
  return deps.prisma.$transaction(async (tx) => {
    const outcomes = await callAppendCommands(tx, requests);
    const due = requests.filter((_, index) => {
      const outcome = outcomes[index];
      return outcome?.kind === "appended" && outcome.materializeDue;
    });
    if (due.length > 0) await deps.sendJobs(tx, due.map(toDueScript));
    return outcomes;
  }, TRANSACTION);
}

function toDueScript({ tenantId, scriptId, commands, traceparent }: AppendRequest): DueScript {
  return { tenantId, scriptId, correlationId: commands[0]?.correlationId, traceparent };
}
