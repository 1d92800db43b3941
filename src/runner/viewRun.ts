import type { TenantTx } from "../db/inTenant.ts";
import { getRun } from "../reads/getRun.ts";
import type { RunRow } from "../reads/runRow.ts";
import { currentPrompt } from "../runs/currentPrompt.ts";
import type { Prompt } from "../runs/currentPrompt.ts";
import type { RunState } from "../runs/runState.ts";
import { loadPinned, stateOf } from "./loadPinned.ts";
import type { MoveDeps, RunKey } from "./runnerDeps.ts";

/** A run as its caller sees it. */
export interface RunView {
  readonly run: RunRow;
  readonly state: RunState;
  /** What it asks; null when it waits for no answer. */
  readonly prompt: Prompt | null;
}

/** A run as it is now; undefined when the tenant has no such run. */
export async function viewRun(
  deps: Pick<MoveDeps, "documents">,
  tx: TenantTx,
  key: RunKey,
): Promise<RunView | undefined> {
  const run = await getRun({ prisma: tx }, key);
  if (!run) return undefined;
  const state = stateOf(run);
  // Only a question needs the document.
  const asks = state.waitingFor?.kind === "answer";
  return { run, state, prompt: asks ? currentPrompt(await loadPinned(deps, tx, run), state) : null };
}
