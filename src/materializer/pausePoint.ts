/** Where a materialization can be stopped by a test, in the order in which it passes them. */
export type PausePoint =
  | "stream_read"
  | "replayed"
  /** In the transaction; the document and the audit rows are written. */
  | "before_lock"
  | "locked"
  | "before_commit"
  | "committed";

/** Resolves when the materialization may go on. */
export type MaterializePause = (point: PausePoint, script: { readonly scriptId: string }) => Promise<void>;
