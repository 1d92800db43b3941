import type { OutboxKey } from "./outboxRow.ts";

/** Where an attempt can be stopped by a test, in the order in which it passes them. */
export type OutboxPausePoint =
  /** The row says PROCESSING; its handler was not called. */
  | "claimed"
  | "handled"
  /** In the transaction that settles the row. */
  | "fenced"
  | "before_commit"
  | "committed";

/** Resolves when the attempt may go on. */
export type OutboxPause = (point: OutboxPausePoint, row: OutboxKey) => Promise<void>;
