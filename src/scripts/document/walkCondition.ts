import { escapePointer } from "../../kernel/findUnsafeJson.ts";
import { OPERATORS } from "./conditionOperators.ts";
import type { Operator } from "./conditionOperators.ts";
import { LIMITS } from "./limits.ts";

/** Why a value is not a condition that the runner can evaluate. */
export interface ConditionProblem {
  readonly code: "condition_invalid" | "condition_unknown_variable" | "condition_too_large";
  /** RFC 6901 pointer into the condition; "" is the condition itself. */
  readonly path: string;
  /** What is wrong and the way out, for a person. */
  readonly message: string;
}

/** A place in a condition that names data: an argument of var, missing or missing_some. */
export interface ConditionName {
  /** As it stands there, such as "customer.age" or "answers.n_1". */
  readonly name: string;
  /** RFC 6901 pointer into the condition. */
  readonly path: string;
  /** Inside the rule of some, all, none, map or filter, where names are members of the list's element. */
  readonly inLoop: boolean;
}

interface Walk {
  readonly problems: ConditionProblem[];
  readonly names: ConditionName[];
  /** Values and operators that may still come. */
  left: number;
}

/** The arguments of one operator. */
interface Arguments {
  readonly list: readonly unknown[];
  /** Pointer to the operator's value. */
  readonly path: string;
  /** JSON-logic lets a lone argument stand without its list. */
  readonly isLone: boolean;
  /** Nesting level of the operator's value. */
  readonly depth: number;
  /** List operators around it. */
  readonly loops: number;
}

/**
 * Goes through a JSON-logic condition and gathers what is wrong with its form and what it names. Stops at the
 * first limit, so it takes bounded time and never throws, whatever the value.
 */
export function walkCondition(condition: unknown): Pick<Walk, "problems" | "names"> {
  const walk: Walk = { problems: [], names: [], left: LIMITS.conditionNodes };
  visit(walk, condition, "", 1, 0);
  return walk;
}

// Every visit returns false when the walk has to stop because the condition is too large.

function visit(walk: Walk, value: unknown, path: string, depth: number, loops: number): boolean {
  if (!takeOne(walk, path)) return false;
  if (value === null || typeof value !== "object") return visitLiteral(walk, value, path);
  if (depth > LIMITS.conditionDepth) {
    return tooLarge(walk, path, `A condition is nested at most ${LIMITS.conditionDepth} levels deep.`);
  }
  if (!Array.isArray(value)) return visitRule(walk, value as Record<string, unknown>, path, depth, loops);
  for (let index = 0; index < value.length; index++) {
    if (!visit(walk, value[index], `${path}/${index}`, depth + 1, loops)) return false;
  }
  return true;
}

function visitLiteral(walk: Walk, value: unknown, path: string): true {
  const isJson = value === null || ["boolean", "string"].includes(typeof value) || Number.isFinite(value);
  return isJson || invalid(walk, path, "A condition holds JSON values only.");
}

function visitRule(
  walk: Walk,
  rule: Record<string, unknown>,
  path: string,
  depth: number,
  loops: number,
): boolean {
  const [name, ...others] = Object.keys(rule);
  if (name === undefined || others.length > 0) {
    return invalid(
      walk,
      path,
      'A rule is an object with exactly one operator. Join rules with "and" or "or".',
    );
  }
  const at = `${path}/${escapePointer(name)}`;
  const operator = OPERATORS.get(name);
  if (!operator) {
    return invalid(
      walk,
      at,
      `The operator "${name}" is not known. Use one of: ${[...OPERATORS.keys()].join(" ")}.`,
    );
  }
  const value = rule[name];
  const isLone = !Array.isArray(value);
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  checkArity(walk, name, operator, list.length, at);
  return visitArguments(walk, name, operator, { list, path: at, isLone, depth: depth + 1, loops });
}

function visitArguments(walk: Walk, name: string, operator: Operator, given: Arguments): boolean {
  if (name === "var") return visitNames(walk, given, 1) && visitRange(walk, given, 1, given.list.length);
  if (name === "missing") return visitNames(walk, given, given.list.length);
  if (name === "missing_some") return visitMissingSome(walk, given);
  if (!operator.loops) return visitRange(walk, given, 0, given.list.length);
  if (given.loops === LIMITS.conditionLoops) {
    const message = `List operators stand at most ${LIMITS.conditionLoops} inside one another.`;
    return tooLarge(walk, given.path, message);
  }
  return (
    visitRange(walk, given, 0, 1) &&
    visitRange(walk, { ...given, loops: given.loops + 1 }, 1, given.list.length)
  );
}

function visitRange(walk: Walk, given: Arguments, start: number, end: number): boolean {
  const depth = given.isLone ? given.depth : given.depth + 1;
  for (let index = start; index < Math.min(end, given.list.length); index++) {
    if (!visit(walk, given.list[index], pathOf(given, index), depth, given.loops)) return false;
  }
  return true;
}

function visitNames(walk: Walk, given: Arguments, end: number): boolean {
  for (let index = 0; index < Math.min(end, given.list.length); index++) {
    const path = pathOf(given, index);
    if (!takeOne(walk, path)) return false;
    visitName(walk, given.list[index], path, given.loops > 0);
  }
  return true;
}

function visitMissingSome(walk: Walk, given: Arguments): boolean {
  const [needed, names] = given.list;
  if (typeof needed !== "number" || !Array.isArray(names)) {
    return invalid(walk, given.path, 'missing_some takes a number and a list of names: [1, ["a", "b"]].');
  }
  return visitNames(walk, { ...given, list: names, path: pathOf(given, 1), isLone: false }, names.length);
}

function visitName(walk: Walk, name: unknown, path: string, inLoop: boolean): void {
  if (typeof name === "string") walk.names.push({ name, path, inLoop });
  else invalid(walk, path, 'A name must be written out as text, such as "customer.age", not computed.');
}

function checkArity(walk: Walk, name: string, { min, max }: Operator, count: number, path: string): void {
  if (count >= min && count <= max) return;
  const wanted = max === min ? `${min}` : Number.isFinite(max) ? `${min} to ${max}` : `${min} or more`;
  invalid(walk, path, `The operator "${name}" takes ${wanted} argument(s), not ${count}.`);
}

function pathOf({ path, isLone }: Arguments, index: number): string {
  return isLone ? path : `${path}/${index}`;
}

function takeOne(walk: Walk, path: string): boolean {
  if (walk.left-- > 0) return true;
  return tooLarge(walk, path, `A condition has at most ${LIMITS.conditionNodes} values and operators.`);
}

function tooLarge({ problems }: Walk, path: string, message: string): false {
  problems.push({ code: "condition_too_large", path, message: `${message} Split it over several edges.` });
  return false;
}

/** Reports and goes on: an author wants to hear of all mistakes at once. */
function invalid({ problems }: Walk, path: string, message: string): true {
  problems.push({ code: "condition_invalid", path, message });
  return true;
}
