import type { MoveOutcome } from "../runner/moveRun.ts";
import type { StartRunOutcome } from "../runner/startRun.ts";
import type { SimulateRunOutcome } from "../runner/simulateRun.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";
import { problem, type Problem } from "./problems.ts";
import { scriptNotFound, versionNotFound } from "./refusedSubmission.ts";

/** Says in the API's words why a run was not started. */
export function refusedStart(
  outcome: Exclude<StartRunOutcome, { kind: "started" }>,
  scriptId: string,
): Problem {
  switch (outcome.kind) {
    case "script_not_found":
      return scriptNotFound(scriptId);
    case "script_archived":
      return problem(
        "script_archived",
        `The script "${scriptId}" is archived and starts no runs. Restore it first.`,
      );
    case "no_active_version":
      return problem(
        "no_active_version",
        `The script "${scriptId}" has no active version. Publish one, or name a sealed version.`,
      );
    case "version_not_found":
      return versionNotFound(scriptId, outcome.version);
    case "version_not_sealed":
      return problem(
        "version_not_sealed",
        `Version ${outcome.version} of the script "${scriptId}" is still the draft. Seal it first, or simulate the draft.`,
      );
    case "refused":
      return runRefused(outcome);
  }
}

/** Says why a request to a run was not taken. */
export function refusedMove(outcome: Exclude<MoveOutcome, { kind: "moved" }>, runId: string): Problem {
  return outcome.kind === "run_not_found" ? runNotFound(runId) : runRefused(outcome);
}

/** Says why there is no simulation. */
export function refusedSimulation(
  outcome: Exclude<SimulateRunOutcome, { kind: "simulated" }>,
  scriptId: string,
): Problem {
  switch (outcome.kind) {
    case "script_not_found":
      return scriptNotFound(scriptId);
    case "version_not_found":
      return versionNotFound(scriptId, outcome.version);
    case "refused":
      return runRefused(outcome);
  }
}

export function runNotFound(runId: string): Problem {
  return problem("run_not_found", `This tenant has no run "${runId}".`);
}

function runRefused({ problems }: RunRefusal): Problem {
  const [first] = problems;
  const message = first?.message ?? "The run did not take this.";
  if (first?.code === "run_finished") return problem("run_finished", message);
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more reasons)` : "";
  return problem("run_refused", message + more, { details: { refusals: problems } });
}
