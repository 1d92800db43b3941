import { ReplayError } from "../scripts/replayError.ts";
import type { Materialization, MaterializationBase, TailCommand } from "./materialization.ts";
import { planMaterialization } from "./planMaterialization.ts";

/**
 * The plan for the tail, or for the batches before the one with a command that cannot be applied: they are good
 * and somebody may be waiting for their version. Throws ReplayError when that batch is the first.
 */
export function planUpToFailure(
  base: MaterializationBase,
  tail: readonly TailCommand[],
  newId: (nowMs: number) => string,
): Materialization {
  try {
    return planMaterialization(base, tail, newId);
  } catch (error) {
    if (!(error instanceof ReplayError)) throw notMaterializable(tail, error);
    const failed = tail.find((command) => command.sequence === error.sequence);
    const end = tail.findIndex((command) => command.batchId === failed?.batchId);
    if (end <= 0) throw error;
    return planUpToFailure(base, tail.slice(0, end), newId);
  }
}

// Commands that could be applied, but to a state that is not a document. Nobody knows which one did it.
function notMaterializable(tail: readonly TailCommand[], cause: unknown): ReplayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ReplayError(
    tail[0]!.sequence,
    "snapshot_failed",
    `The state behind it makes no snapshot: ${reason}`,
    {
      cause,
    },
  );
}
