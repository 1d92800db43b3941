import { finish } from "../runs/finish.ts";
import type { FinalStatus } from "../runs/runState.ts";
import { NO_MOVE } from "./move.ts";
import { moveRun, type MoveInput, type MoveOutcome } from "./moveRun.ts";
import type { RunnerDeps } from "./runnerDeps.ts";

/** Finishes a running run from outside. A command that it waits for goes on, and nobody waits for it any more. */
export function finishRun(
  deps: RunnerDeps,
  input: MoveInput & { readonly status: FinalStatus },
): Promise<MoveOutcome> {
  return deps.inTenant(input.tenantId, (tx) =>
    moveRun(deps, tx, input, (_, state) => {
      const outcome = finish(state, input.status);
      return outcome.kind === "refused" ? outcome : { ...NO_MOVE, ...outcome };
    }),
  );
}
