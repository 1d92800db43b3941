import { checkCondition } from "./conditions.ts";
import type { KeyedDocument } from "./document.ts";
import type { PlacedCondition } from "./references.ts";
import type { StructureProblem } from "./structureProblem.ts";

/** Checks the conditions of one entity against the declared variables. Paths are pointers into the entity. */
export function checkConditions(
  { variables }: Pick<KeyedDocument, "variables">,
  conditions: readonly PlacedCondition[],
): StructureProblem[] {
  return conditions.flatMap(({ condition, path }) =>
    checkCondition(condition, (key) => Object.hasOwn(variables, key)).map((problem) => ({
      ...problem,
      path: path + problem.path,
    })),
  );
}
