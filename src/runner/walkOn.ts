import { advance } from "../runs/advance.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";
import type { RunState } from "../runs/runState.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { NO_MOVE, type Move } from "./move.ts";

/**
 * Walks a run on without a caller. A walk that goes far enough for one time is to be walked on again; one that
 * comes round in a circle is left there: it waits for somebody to set a variable, and to advance it then.
 */
export function walkOn(document: ScriptDocument, state: RunState): Move | RunRefusal {
  const outcome = advance(document, state);
  if (outcome.kind === "refused") return outcome;
  const { steps, actions, prompts, stoppedAt } = outcome;
  return {
    ...NO_MOVE,
    state: outcome.state,
    log: steps,
    actions,
    prompts,
    walksOn: stoppedAt === "limit",
  };
}
