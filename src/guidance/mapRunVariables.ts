import type { Json } from "../kernel/canonicalJson.ts";
import { checkValue } from "../runs/checkValue.ts";
import { toTypedValue } from "../runs/typedValue.ts";
import type { ScriptDocument, VariableDef } from "../scripts/storedCommand.ts";
import type { GivenAnswer } from "./mapAnswers.ts";
import { derivedId } from "./names.ts";
import { find } from "./reasons.ts";
import type { Problems } from "./reasons.ts";
import type { PlannedVariable } from "./runPlan.ts";

type Values = { readonly [key: string]: Json };

/**
 * One row per variable of the state, and per answered node. The answer of a node that fills a variable is under
 * that variable's key, unless the state has a value for it: that is what the run went on with.
 */
export function mapRunVariables(
  problems: Problems,
  legacyId: string,
  runId: string,
  document: ScriptDocument,
  given: readonly GivenAnswer[],
  vars: Values,
  updatedAt: Date,
): PlannedVariable[] {
  const values = new Map<string, Json>();
  for (const { node, nodeId, value } of given) {
    const variable = node?.data["variable"];
    values.set(typeof variable === "string" ? variable : nodeId, value);
  }
  for (const [key, value] of Object.entries(vars)) values.set(key, value);
  return [...values]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => {
      const row = { id: derivedId("variable", runId, key), key, updatedAt };
      const definition = definitionOf(document, key);
      if (!definition || definition.type === "json") return { ...row, jsonVal: value };
      if (isTyped(document, key, value)) return { ...row, ...toTypedValue(value) };
      find(problems, "value_not_typed", "ScriptRun", legacyId, `"${key}" is no ${definition.type}.`);
      return { ...row, jsonVal: value };
    });
}

/** Whether a value may stand in a declared variable. */
export function isTyped(document: ScriptDocument, key: string, value: Json): boolean {
  const definition = definitionOf(document, key);
  return definition !== undefined && value !== null && checkValue(definition, value, "").length === 0;
}

function definitionOf({ variablesDef }: ScriptDocument, key: string): VariableDef | undefined {
  return variablesDef.find((definition) => definition.key === key);
}
