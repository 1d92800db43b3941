import type { Json } from "../kernel/canonicalJson.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { assignVariables } from "./assignVariables.ts";
import type { Assignment } from "./assignVariables.ts";
import { refuseFinished, refuseRun } from "./refuseRun.ts";
import type { RunProblem, RunRefusal } from "./refuseRun.ts";
import { toRunGraph } from "./runGraph.ts";
import type { RunState } from "./runState.ts";
import type { LogEntry } from "./trace.ts";
import { traceValues } from "./traceValue.ts";
import { readTypedValue } from "./typedValue.ts";
import type { TypedValue } from "./typedValue.ts";

export interface VariableInput extends TypedValue {
  readonly key: string;
}

export type SetVariablesOutcome =
  | {
      readonly kind: "accepted";
      readonly state: RunState;
      /** The variables that were named and their values; null: it has none any more. */
      readonly changed: { readonly [key: string]: Json };
      readonly log: readonly LogEntry[];
    }
  | RunRefusal;

/**
 * Sets variables of a running run by key, all or none, whatever it waits for. The walk does not go on by it.
 *
 * A value counts by what it is, not by its member: jsonVal: 5 fits a number. Refusals: run_finished,
 * variable_duplicate, and those of readTypedValue and assignVariables; paths such as /0/numVal.
 */
export function setVariables(
  document: ScriptDocument,
  state: RunState,
  inputs: readonly VariableInput[],
): SetVariablesOutcome {
  const refusal = refuseFinished(state);
  if (refusal) return refusal;
  const assignments: Assignment[] = [];
  const problems: RunProblem[] = [];
  const seen = new Set<string>();
  for (const [index, input] of inputs.entries()) {
    const read = readInput(seen, input, index);
    if (read.kind === "refused") problems.push(...read.problems);
    else assignments.push(read.assignment);
  }
  if (problems.length > 0) return { kind: "refused", problems };
  const outcome = assignVariables(toRunGraph(document), state.variables, assignments);
  if (outcome.kind === "refused") return outcome;
  const changed = Object.fromEntries(assignments.map(({ key, value }) => [key, value]));
  return {
    kind: "accepted",
    state: { ...state, variables: outcome.variables },
    changed,
    log: [{ kind: "variables_set", variables: traceValues(changed) }],
  };
}

function readInput(
  seen: Set<string>,
  input: VariableInput,
  index: number,
): { readonly kind: "read"; readonly assignment: Assignment } | RunRefusal {
  const { key } = input;
  const at = `/${index}`;
  if (seen.has(key)) {
    const message = `The variable "${key.slice(0, 100)}" stands twice in the list. Name each once.`;
    return refuseRun("variable_duplicate", `${at}/key`, message);
  }
  seen.add(key);
  const read = readTypedValue(input);
  if (read.kind === "refused") {
    return { ...read, problems: read.problems.map((problem) => ({ ...problem, path: at + problem.path })) };
  }
  const { value, path } = read;
  return { kind: "read", assignment: { key, value, keyPath: `${at}/key`, valuePath: at + path } };
}
