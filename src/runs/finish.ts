import { refuseFinished } from "./refuseRun.ts";
import type { RunRefusal } from "./refuseRun.ts";
import type { FinalStatus, RunState } from "./runState.ts";
import type { LogEntry } from "./trace.ts";

export type FinishOutcome =
  { readonly kind: "finished"; readonly state: RunState; readonly log: readonly LogEntry[] } | RunRefusal;

/**
 * Finishes a running run from outside, wherever it stands. An action that it waited for may still come back:
 * completeAction then refuses it. Refusal: run_finished.
 */
export function finish(state: RunState, status: FinalStatus): FinishOutcome {
  const refusal = refuseFinished(state);
  if (refusal) return refusal;
  return {
    kind: "finished",
    state: { ...state, status, waitingFor: null },
    log: [{ kind: "finished", status }],
  };
}
