import type { Prisma } from "../db/generated/client.ts";
import type { JsonObject } from "./enqueueCommand.ts";
import type { OutboxRow } from "./outboxRow.ts";

/** What a handler is given: one attempt at one command. */
export interface HandlerInput {
  /**
   * The row as this attempt took it. id names the effect: the same in every attempt. attempts is the fencing
   * token: a later attempt has a higher one.
   */
  readonly row: OutboxRow;
  readonly now: Date;
  /** Aborted when the attempt has used up its time or has lost its row: nothing it says counts any more. */
  readonly signal: AbortSignal;
}

/** Why an attempt, or the command, failed. Shown to the caller. */
export interface HandlerError {
  readonly code: string;
  readonly message: string;
  readonly details?: JsonObject;
}

export type HandlerOutcome =
  | {
      readonly kind: "completed";
      /** What GET /commands/{correlationId} shows. */
      readonly result?: JsonObject;
      /** Payload of the completion event. Default: the result. */
      readonly payload?: JsonObject;
      /**
       * The effect, when it is in this database: it is written in the transaction that settles the row, after
       * the fence, so it is there once or not at all. When it throws, the attempt has failed.
       */
      readonly write?: (tx: Prisma.TransactionClient) => Promise<void>;
    }
  /** For good: another attempt would end the same way. */
  | { readonly kind: "failed"; readonly error: HandlerError }
  /** Try again, after a growing delay, as long as there are attempts left. */
  | { readonly kind: "retry"; readonly error: HandlerError }
  /** Nothing failed, but it is not time yet. Call again then; the attempt does not count. */
  | { readonly kind: "later"; readonly at: Date };

/**
 * Does what a command asks for.
 *
 * Sees each row at least once: a worker can die after the handler and before the row is settled. What it does
 * outside this database has to be harmless when it is repeated under the same row id; what it does inside
 * belongs into `write`. What it throws counts as retry, and its message goes to the log only.
 */
export type CommandHandler = (input: HandlerInput) => Promise<HandlerOutcome>;

/** Finds the handler of a command by its name. */
export type FindHandler = (command: string) => CommandHandler | undefined;
