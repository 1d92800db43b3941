import type { Json } from "../kernel/canonicalJson.ts";
import { jsonBytes } from "../scripts/document/checkJson.ts";
import { LIMITS } from "../scripts/document/limits.ts";
import { variableKeySchema } from "../scripts/document/schemas.ts";
import { nearNames } from "../scripts/nearNames.ts";
import type { VariableDef } from "../scripts/storedCommand.ts";
import { checkFreeValue, checkValue } from "./checkValue.ts";
import { refuseRun } from "./refuseRun.ts";
import type { RunProblem, RunRefusal } from "./refuseRun.ts";
import type { RunGraph } from "./runGraph.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { RunState } from "./runState.ts";

type Variables = RunState["variables"];

/** A variable and its value to be; null takes it away. */
export interface Assignment {
  readonly key: string;
  readonly value: Json;
  /** Pointers into the caller's input: to the key, and to the value. */
  readonly keyPath: string;
  readonly valuePath: string;
}

/**
 * Sets variables, all or none. A script that declares variables takes no others; one that declares none takes
 * any. Codes variable_not_declared, variable_key_invalid, variable_required, too_many_variables,
 * variables_too_large, and those of checkValue.
 */
export function assignVariables(
  { variables: declared }: Pick<RunGraph, "variables">,
  before: Variables,
  assignments: readonly Assignment[],
): { readonly kind: "assigned"; readonly variables: Variables } | RunRefusal {
  const problems = assignments.flatMap((assignment) => checkAssignment(declared, assignment));
  if (problems.length > 0) return { kind: "refused", problems };
  const variables = { ...before };
  for (const { key, value } of assignments) {
    if (value === null) delete variables[key];
    else variables[key] = value;
  }
  return refuseTooMuch(variables) ?? { kind: "assigned", variables };
}

function checkAssignment(declared: RunGraph["variables"], assignment: Assignment): RunProblem[] {
  const { key, value, valuePath } = assignment;
  const variable = declared.get(key);
  if (!variable) return checkUndeclared(declared, assignment);
  if (isNothing(value) && variable.required) return [requiredProblem(variable, valuePath)];
  return value === null ? [] : checkValue(variable, value, valuePath);
}

function checkUndeclared(
  declared: RunGraph["variables"],
  { key, value, keyPath, valuePath }: Assignment,
): RunProblem[] {
  if (declared.size > 0) {
    const near = nearNames(key, [...declared.keys()]).map((name) => `"${name}"`);
    const message = `This version declares no variable "${key.slice(0, 100)}". Near it are ${near.join(", ")}.`;
    return [{ code: "variable_not_declared", path: keyPath, message }];
  }
  const parsed = variableKeySchema.safeParse(key);
  if (parsed.success) return checkFreeValue(key, value, valuePath);
  const message = parsed.error.issues[0]?.message ?? "This is no variable key.";
  return [{ code: "variable_key_invalid", path: keyPath, message }];
}

/** null, and a text of nothing but white space. */
function isNothing(value: Json): boolean {
  return value === null || (typeof value === "string" && value.trim() === "");
}

function requiredProblem({ key }: VariableDef, path: string): RunProblem {
  return { code: "variable_required", path, message: `The variable "${key}" must have a value. Give one.` };
}

function refuseTooMuch(variables: Variables): RunRefusal | undefined {
  const count = Object.keys(variables).length;
  if (count > LIMITS.variables) {
    const message = `A run has at most ${LIMITS.variables} variables, this would make ${count}. Put them into one of type json.`;
    return refuseRun("too_many_variables", "", message);
  }
  const bytes = jsonBytes(variables);
  if (bytes <= RUN_LIMITS.variablesBytes) return undefined;
  const message = `The variables of this run would take ${bytes} bytes, ${RUN_LIMITS.variablesBytes} are allowed. Keep large content elsewhere.`;
  return refuseRun("variables_too_large", "", message);
}
