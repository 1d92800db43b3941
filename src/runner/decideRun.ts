import { moveRun, type Decide, type MoveInput, type MoveOutcome } from "./moveRun.ts";
import type { RunnerDeps } from "./runnerDeps.ts";

/** Moves a run by what the caller decides, for the routes of another contract than /runs. */
export function decideRun(
  deps: RunnerDeps,
  input: MoveInput & { readonly decide: Decide },
): Promise<MoveOutcome> {
  return deps.inTenant(input.tenantId, (tx) => moveRun(deps, tx, input, input.decide));
}
