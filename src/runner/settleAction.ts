import { advance } from "../runs/advance.ts";
import { completeAction, type ActionCompletion } from "../runs/completeAction.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";
import type { RunState } from "../runs/runState.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { NO_MOVE, type Move } from "./move.ts";

/**
 * Takes in the completion of the action that a run waits for, and walks on: nobody else would, because the one who
 * advanced the run last has had the answer to that.
 *
 * A walk that stops because it went far enough for one time stays there until somebody advances it. Refusals: those
 * of completeAction, of which run_finished and action_not_waited_for mean that the completion comes too late.
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
  const walked = advance(document, settled.state);
  if (walked.kind === "refused") return settled;
  const { state: after, steps, actions, prompts } = walked;
  return { ...settled, state: after, log: [...settled.log, ...steps], actions, prompts };
}
