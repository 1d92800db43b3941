import { completeAction, type ActionCompletion } from "../runs/completeAction.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";
import type { RunState } from "../runs/runState.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { NO_MOVE, type Move } from "./move.ts";
import { walkOn } from "./walkOn.ts";

/**
 * Takes in the completion of the action that a run waits for, and walks on: nobody else would, because the one who
 * advanced the run last has had the answer to that.
 *
 * Refusals: those of completeAction, of which run_finished and action_not_waited_for mean that the completion comes
 * too late.
 */
export function settleAction(
  document: ScriptDocument,
  state: RunState,
  completion: ActionCompletion,
): Move | RunRefusal {
  const completed = completeAction(document, state, completion);
  if (completed.kind === "refused") return completed;
  const settled: Move = { ...NO_MOVE, ...completed };
  if (settled.state.status !== "RUNNING") return settled;
  const walked = walkOn(document, settled.state);
  if ("problems" in walked) return settled;
  return { ...walked, changed: settled.changed, log: [...settled.log, ...walked.log] };
}
