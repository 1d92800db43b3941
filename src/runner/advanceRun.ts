import { advance } from "../runs/advance.ts";
import { NO_MOVE } from "./move.ts";
import { moveRun, type MoveInput, type MoveOutcome } from "./moveRun.ts";
import type { RunnerDeps } from "./runnerDeps.ts";

/** Walks a run on until it waits, ends, or has gone far enough. Its actions are sent in the same transaction. */
export function advanceRun(deps: RunnerDeps, input: MoveInput): Promise<MoveOutcome> {
  return deps.inTenant(input.tenantId, (tx) =>
    moveRun(deps, tx, input, (document, state) => {
      const outcome = advance(document, state);
      if (outcome.kind === "refused") return outcome;
      return { ...NO_MOVE, ...outcome, log: outcome.steps };
    }),
  );
}
