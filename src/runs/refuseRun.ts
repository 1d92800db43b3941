import type { RunState } from "./runState.ts";

/** Why a run did not take what it was given. */
export interface RunProblem {
  /** Stable, machine-readable reason such as option_not_found. */
  readonly code: string;
  /** RFC 6901 pointer into the function's input; "" is the input itself, or the run. */
  readonly path: string;
  /** What is wrong and the way out, for a person. */
  readonly message: string;
}

export interface RunRefusal {
  readonly kind: "refused";
  /** At least one. */
  readonly problems: readonly RunProblem[];
}

/** No, for one reason. */
export function refuseRun(code: string, path: string, message: string): RunRefusal {
  return { kind: "refused", problems: [{ code, path, message }] };
}

/** No, when the run is finished; undefined while it is running. */
export function refuseFinished({ status }: Pick<RunState, "status">): RunRefusal | undefined {
  if (status === "RUNNING") return undefined;
  return refuseRun("run_finished", "", `This run is ${status} and takes no more. Start another one.`);
}

/** No, because there is nowhere to walk. */
export function refuseNoEntry(): RunRefusal {
  return refuseRun("entry_missing", "", "This version has no entry node. Set one, and seal a new version.");
}
