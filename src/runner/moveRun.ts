import type { TenantTx } from "../db/inTenant.ts";
import { getRun } from "../reads/getRun.ts";
import type { RunRow } from "../reads/runRow.ts";
import type { Prompt } from "../runs/currentPrompt.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";
import type { RunState } from "../runs/runState.ts";
import type { LogEntry } from "../runs/trace.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { commitMove, type Cause } from "./commitMove.ts";
import { findRequest } from "./findRequest.ts";
import { loadPinned, stateOf } from "./loadPinned.ts";
import { lockRun } from "./lockRun.sql.ts";
import type { Move } from "./move.ts";
import type { MoveDeps, RunKey } from "./runnerDeps.ts";
import { viewRun, type RunView } from "./viewRun.ts";

export type MoveOutcome =
  | {
      readonly kind: "moved";
      readonly view: RunView;
      /** What this request did. */
      readonly log: readonly LogEntry[];
      /** What was said on the way; of a repeat only what is asked now, because the rest is not kept. */
      readonly prompts: readonly Prompt[];
      /** The request had been taken before: nothing has changed. */
      readonly repeated: boolean;
    }
  | { readonly kind: "run_not_found" }
  | RunRefusal;

export interface MoveInput extends RunKey, Cause {}

/** What the pure core says to a request. It is given the run as it is once the lock is held. */
export type Decide = (document: ScriptDocument, state: RunState, run: RunRow) => Move | RunRefusal;

/**
 * Moves a run by one request, in a transaction of the caller: locks it, reads it, decides, and writes everything
 * that follows, or nothing. Of two requests at once one waits, and is decided on what the other one left.
 */
export async function moveRun(
  deps: MoveDeps,
  tx: TenantTx,
  input: MoveInput,
  decide: Decide,
): Promise<MoveOutcome> {
  const { tenantId, runId, requestId } = input;
  const key = { tenantId, runId };
  if (!(await lockRun(tx, key))) return { kind: "run_not_found" };
  await deps.pause?.("locked", key);
  const run = (await getRun({ prisma: tx }, key))!;
  const done = await findRequest(tx, { ...key, requestId });
  if (done.length > 0) {
    const view = (await viewRun(deps, tx, key))!;
    return { kind: "moved", view, log: done, prompts: view.prompt ? [view.prompt] : [], repeated: true };
  }
  const state = stateOf(run);
  const decided = decide(await loadPinned(deps, tx, run), state, run);
  if ("problems" in decided) return decided;
  await commitMove(deps, tx, run, { ...input, from: state.currentNodeId, move: decided });
  const view = (await viewRun(deps, tx, key))!;
  return { kind: "moved", view, log: decided.log, prompts: decided.prompts, repeated: false };
}
