import { toTokens } from "../pointer.ts";
import { LIMITS } from "./limits.ts";
import { walkCondition } from "./walkCondition.ts";
import type { ConditionName, ConditionProblem } from "./walkCondition.ts";

/**
 * Checks a JSON-logic condition: known operators with the right number of arguments, names written out as
 * text, every variable declared, and within LIMITS. Never throws, whatever the value.
 *
 * true, false and null are conditions too: always, never, and none (as if it were absent).
 */
export function checkCondition(condition: unknown, isDeclared: (key: string) => boolean): ConditionProblem[] {
  if (condition === null || typeof condition === "boolean") return [];
  if (typeof condition !== "object" || Array.isArray(condition)) {
    const message =
      'A condition is a JSON-logic rule such as {"==": [{"var": "age"}, 18]}, or true or false.';
    return [{ code: "condition_invalid", path: "", message }];
  }
  const { problems, names } = walkCondition(condition);
  return [...problems, ...names.flatMap((name) => checkName(name, isDeclared))];
}

/** Keys of the variables that a condition names. Places that are not valid JSON-logic name nothing. */
export function conditionVariables(condition: unknown): Set<string> {
  const keys = walkCondition(condition).names.map(variableOf);
  return new Set(keys.filter((key) => key !== undefined));
}

/** The condition with every naming of variable `from` changed to `to`; the same value when there is none. */
export function renameInCondition<T>(condition: T, from: string, to: string): T {
  let renamed: unknown = condition;
  for (const place of walkCondition(condition).names) {
    if (variableOf(place) !== from) continue;
    renamed = replaceAt(renamed, toTokens(place.path), to + place.name.slice(from.length));
  }
  return renamed as T;
}

/** The key of the variable that a place names; undefined inside a loop and for answers.<nodeId>. */
export function variableOf({ name, inLoop }: ConditionName): string | undefined {
  const key = name.split(".", 1)[0];
  return inLoop || key === "" || key === "answers" ? undefined : key;
}

/** What follows "answers." in a name: a node id, perhaps with a path into its answer. */
export function answerOf({ name, inLoop }: ConditionName): string | undefined {
  return !inLoop && name.startsWith("answers.") ? name.slice("answers.".length) : undefined;
}

function checkName(place: ConditionName, isDeclared: (key: string) => boolean): ConditionProblem[] {
  const { name, path, inLoop } = place;
  if (name.length > LIMITS.pathLength) {
    const message = `A name has at most ${LIMITS.pathLength} characters.`;
    return [{ code: "condition_too_large", path, message }];
  }
  const isNothing = !inLoop && ["", "answers", "answers."].includes(name);
  if (isNothing || name.includes("../") || name.split(".").includes("__proto__")) {
    const message = `"${name}" names nothing here. Name a variable (age), a member of it (customer.age) or answers.<nodeId>.`;
    return [{ code: "condition_invalid", path, message }];
  }
  const key = variableOf(place);
  if (key === undefined || isDeclared(key)) return [];
  const message = `The variable "${key}" is not declared. Declare it first, or name another one.`;
  return [{ code: "condition_unknown_variable", path, message }];
}

/** A copy of a JSON value in which the text at a pointer's tokens is another one. */
function replaceAt(value: unknown, tokens: readonly string[], text: string): unknown {
  const [token, ...rest] = tokens;
  if (token === undefined) return text;
  if (Array.isArray(value)) return value.with(Number(token), replaceAt(value[Number(token)], rest, text));
  const record = value as Record<string, unknown>;
  return { ...record, [token]: replaceAt(record[token], rest, text) };
}
