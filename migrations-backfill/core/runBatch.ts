import { setTimeout as delay } from "node:timers/promises";
import type { BatchDeps, BatchOutcome, Reach, Seen } from "./batch.ts";
import { kindOfFailure } from "./databaseErrors.ts";
import type { BackfillDefinition } from "./definition.ts";
import type { BackfillJob } from "./jobs.ts";
import { moveNext } from "./moveNext.ts";

/** A batch is given this long; one that takes longer is taken back and tried again in halves. */
const TRANSACTION = { maxWait: 30_000, timeout: 60_000 };

/** A row that fails by itself this often is put aside. More than once: the connection may have been lost with it. */
const ROW_ATTEMPTS = 3;

/**
 * Moves the next batch of rows: the rows, their ids, what goes into quarantine, the checkpoint and the next job in
 * one transaction. Whoever else works on the unit waits and then goes on after it, so any number may be at it.
 *
 * A batch that fails is tried in parts, down to the one row that is in the way; that one goes into quarantine.
 * Throws when the database cannot do it now; nothing is written then.
 */
export async function runBatch(
  deps: BatchDeps,
  definition: BackfillDefinition,
  input: { readonly job?: BackfillJob; readonly size?: number } = {},
): Promise<BatchOutcome> {
  const { job } = input;
  let size = input.size ?? job?.data.size;
  let skip: Reach["skip"];
  for (let attempt = 1; ;) {
    const seen: Seen = { size: 1, isPastRows: false };
    try {
      const outcome = await deps.prisma.$transaction(
        (tx) => moveNext(deps, tx, definition, { size, skip, job }, seen),
        TRANSACTION,
      );
      await deps.pause?.("committed");
      return outcome;
    } catch (error) {
      const kind = kindOfFailure(error);
      // Without a row it was not a row's fault.
      if (kind === "passing" || seen.key === undefined) throw error;
      const message = error instanceof Error ? error.message : String(error);
      deps.log.warn(
        { key: seen.key, rows: seen.size, kind, message },
        "a batch failed and is tried in parts",
      );
      if (seen.size > 1) size = kind === "timeout" ? Math.ceil(seen.size / 2) : 1;
      else if (attempt < ROW_ATTEMPTS) attempt++;
      else if (skip || seen.isPastRows) throw error;
      else skip = { key: seen.key, message: message.slice(-2_000) };
      await delay(20);
    }
  }
}
