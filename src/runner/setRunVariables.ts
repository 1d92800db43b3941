import { setVariables, type VariableInput } from "../runs/setVariables.ts";
import { NO_MOVE } from "./move.ts";
import { moveRun, type MoveInput, type MoveOutcome } from "./moveRun.ts";
import type { RunnerDeps } from "./runnerDeps.ts";

/** Sets variables of a running run by key, all or none. The walk does not go on by it. */
export function setRunVariables(
  deps: RunnerDeps,
  input: MoveInput & { readonly variables: readonly VariableInput[] },
): Promise<MoveOutcome> {
  return deps.inTenant(input.tenantId, (tx) =>
    moveRun(deps, tx, input, (document, state, run) => {
      const outcome = setVariables(document, state, input.variables);
      if (outcome.kind === "refused") return outcome;
      const walksOn = state.waitingFor === null && run.actionDueAt !== null;
      return { ...NO_MOVE, ...outcome, walksOn };
    }),
  );
}
