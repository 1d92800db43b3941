import type { Json } from "../kernel/canonicalJson.ts";
import { isObject } from "../scripts/document/handles.ts";
import { applyOperator } from "./applyOperator.ts";
import { isTruthy, toText } from "./coerce.ts";
import { lookUp, lookUpMember } from "./lookUp.ts";
import type { RunData } from "./lookUp.ts";
import { charge, chargeOutput, EvaluationStop } from "./meter.ts";
import type { Meter } from "./meter.ts";
import { RUN_LIMITS } from "./runLimits.ts";

export type ConditionOutcome =
  | {
      readonly kind: "value";
      /** As JSON: what is no finite number is null here, but holds was found before. */
      readonly value: Json;
      /** Whether JSON-logic takes the value for true. */
      readonly holds: boolean;
      readonly operations: number;
    }
  | {
      readonly kind: "error";
      readonly code: EvaluationStop["code"];
      readonly message: string;
      readonly operations: number;
    };

/** How a name is looked up: at first in the run, inside a list's rule in the list's member. */
interface Scope {
  readonly meter: Meter;
  readonly find: (name: string) => Json | undefined;
  readonly depth: number;
}

/**
 * Evaluates a JSON-logic condition over a run's variables and answers. Never throws, and takes bounded time
 * and memory, whatever the condition and the data (RUN_LIMITS).
 *
 * It differs from the published JavaScript in three places, all on purpose: lists and objects are equal when
 * they hold the same, names reach own members only, and operators that are not on the allow-list are an error.
 *
 * Source: https://jsonlogic.com/operations.html
 */
export function evaluateCondition(
  condition: Json,
  data: RunData,
  maxOperations: number = RUN_LIMITS.conditionOperations,
): ConditionOutcome {
  const most = Math.min(maxOperations, RUN_LIMITS.conditionOperations);
  const meter: Meter = { operations: most, output: RUN_LIMITS.conditionOutput };
  const spent = (): number => most - Math.max(meter.operations, 0);
  try {
    const value = evaluate({ meter, find: (name) => lookUp(data, name), depth: 0 }, condition);
    return { kind: "value", value: toJson(meter, value), holds: isTruthy(value), operations: spent() };
  } catch (stop) {
    if (!(stop instanceof EvaluationStop)) throw stop;
    return { kind: "error", code: stop.code, message: stop.message, operations: spent() };
  }
}

function evaluate(outer: Scope, rule: Json): Json {
  charge(outer.meter, 1);
  const scope = { ...outer, depth: outer.depth + 1 };
  if (scope.depth > RUN_LIMITS.conditionDepth)
    throw new EvaluationStop("condition_too_large", "This condition is nested too deeply. Make it flatter.");
  if (Array.isArray(rule)) return rule.map((member: Json) => evaluate(scope, member));
  if (!isObject(rule)) return rule;
  const [name, ...others] = Object.keys(rule);
  if (name === undefined || others.length > 0)
    throw new EvaluationStop("condition_invalid", "A rule is an object with exactly one operator.");
  const given = rule[name]!;
  return applyRule(scope, name, Array.isArray(given) ? given : [given]);
}

function applyRule(scope: Scope, name: string, given: readonly Json[]): Json {
  switch (name) {
    case "var":
      return readName(scope, given);
    case "missing":
      return missing(scope, evaluateAll(scope, given));
    case "missing_some":
      return missingSome(scope, evaluateAll(scope, given));
    case "if":
    case "?:":
      return decide(scope, given);
    case "and":
      return firstOrLast(scope, given, false);
    case "or":
      return firstOrLast(scope, given, true);
    case "map":
      return [...eachMember(scope, given)].map(([, result]) => result);
    case "filter":
      return [...eachMember(scope, given)].flatMap(([member, result]) => (isTruthy(result) ? [member] : []));
    case "some":
      return eachMember(scope, given).some(([, result]) => isTruthy(result));
    case "none":
      return !eachMember(scope, given).some(([, result]) => isTruthy(result));
    case "all":
      return isTruthyForAll(scope, given);
    default:
      return applyEager(scope, name, given);
  }
}

function applyEager(scope: Scope, name: string, given: readonly Json[]): Json {
  const value = applyOperator(scope.meter, name, evaluateAll(scope, given));
  if (value !== undefined) return value;
  throw new EvaluationStop("condition_invalid", `The operator "${name.slice(0, 100)}" is not known.`);
}

function evaluateAll(scope: Scope, given: readonly Json[]): Json[] {
  return given.map((argument) => evaluate(scope, argument));
}

/** The value of a name, or else the default: null, when none is given. A value of null is a value. */
function readName(scope: Scope, [name = "", otherwise = null]: readonly Json[]): Json {
  const found = findName(scope, evaluate(scope, name));
  return found === undefined ? evaluate(scope, otherwise) : found;
}

function findName({ meter, find }: Scope, name: Json): Json | undefined {
  const text = name === null ? "" : toText(meter, name);
  charge(meter, text.length >> 2);
  return find(text);
}

/** Those of the names that have no value, null, or an empty text. */
function missing(scope: Scope, args: readonly Json[]): Json[] {
  const names = Array.isArray(args[0]) ? (args[0] as readonly Json[]) : args;
  charge(scope.meter, names.length);
  chargeOutput(scope.meter, names.length);
  return names.filter((name) => {
    const value = findName(scope, name);
    return value === undefined || value === null || value === "";
  });
}

/** Nothing, when at least so many of the names have a value; else those that have none. */
function missingSome(scope: Scope, [needed = null, names = null]: readonly Json[]): Json[] {
  if (!Array.isArray(names)) return [];
  const absent = missing(scope, [names]);
  return typeof needed === "number" && names.length - absent.length >= needed ? [] : absent;
}

/** if, then, else if, then, ..., else: null when nothing holds and there is no else. */
function decide(scope: Scope, given: readonly Json[]): Json {
  for (let index = 0; index + 1 < given.length; index += 2) {
    if (isTruthy(evaluate(scope, given[index]!))) return evaluate(scope, given[index + 1]!);
  }
  return given.length % 2 === 1 ? evaluate(scope, given.at(-1)!) : null;
}

/** The first value that is truthy, or is not, as wanted; the last when there is none. */
function firstOrLast(scope: Scope, given: readonly Json[], wanted: boolean): Json {
  let value: Json = null;
  for (const argument of given) {
    value = evaluate(scope, argument);
    if (isTruthy(value) === wanted) break;
  }
  return value;
}

/** Members of a list, each with what the rule gives for it, one at a time. What is no list has none. */
function* eachMember(
  scope: Scope,
  [list = null, rule = null]: readonly Json[],
): Generator<[member: Json, result: Json], undefined> {
  const members = evaluate(scope, list);
  if (!Array.isArray(members)) return;
  for (const member of members as readonly Json[]) {
    const find = (name: string): Json | undefined => (name === "" ? member : lookUpMember(member, name));
    chargeOutput(scope.meter, 1);
    yield [member, evaluate({ ...scope, find }, rule)];
  }
}

/** Whether there are members, and the rule is truthy for each. */
function isTruthyForAll(scope: Scope, given: readonly Json[]): boolean {
  let count = 0;
  for (const [, result] of eachMember(scope, given)) {
    if (!isTruthy(result)) return false;
    count++;
  }
  return count > 0;
}

/** The value as it is after a round trip through JSON. Objects come from the data: they are JSON already. */
function toJson(meter: Meter, value: Json): Json {
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (!Array.isArray(value)) return value;
  charge(meter, value.length >> 3);
  return value.map((member: Json) => toJson(meter, member));
}
