import type { Json } from "../kernel/canonicalJson.ts";
import {
  isBefore,
  isTruthy,
  joinTexts,
  looselyEqual,
  parseNumber,
  strictlyEqual,
  toNumber,
  toText,
} from "./coerce.ts";
import { charge, chargeOutput } from "./meter.ts";
import type { Meter } from "./meter.ts";

type Apply = (meter: Meter, args: readonly Json[]) => Json;

/**
 * Applies an operator to its evaluated arguments; undefined when it is none of these. Those that decide by
 * themselves what is evaluated (var, if, and, map, ...) are in evaluateCondition. A missing argument is null.
 */
export function applyOperator(meter: Meter, name: string, args: readonly Json[]): Json | undefined {
  const apply = OPERATORS.get(name);
  if (!apply) return undefined;
  for (const arg of args) if (typeof arg === "string") charge(meter, arg.length >> 6);
  return apply(meter, args);
}

const OPERATORS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ["==", (meter, [a = null, b = null]) => looselyEqual(meter, a, b)],
  ["!=", (meter, [a = null, b = null]) => !looselyEqual(meter, a, b)],
  ["===", (meter, [a = null, b = null]) => strictlyEqual(meter, a, b)],
  ["!==", (meter, [a = null, b = null]) => !strictlyEqual(meter, a, b)],
  ["!", (_, [a = null]) => !isTruthy(a)],
  ["!!", (_, [a = null]) => isTruthy(a)],
  [">", (meter, [a = null, b = null]) => isBefore(meter, b, a, false)],
  [">=", (meter, [a = null, b = null]) => isBefore(meter, b, a, true)],
  ["<", (meter, args) => isAscending(meter, args, false)],
  ["<=", (meter, args) => isAscending(meter, args, true)],
  ["max", (meter, args) => Math.max(...args.map((arg) => toNumber(meter, arg)))],
  ["min", (meter, args) => Math.min(...args.map((arg) => toNumber(meter, arg)))],
  ["+", (meter, args) => args.reduce<number>((sum, arg) => sum + parseNumber(meter, arg), 0)],
  ["-", subtract],
  ["*", multiply],
  ["/", (meter, [a = null, b = null]) => toNumber(meter, a) / toNumber(meter, b)],
  ["%", (meter, [a = null, b = null]) => toNumber(meter, a) % toNumber(meter, b)],
  ["in", (meter, [needle = null, hay = null]) => isIn(meter, needle, hay)],
  ["cat", cat],
  ["substr", substr],
  ["merge", merge],
]);

/** a < b, or a < b < c. */
function isAscending(meter: Meter, [a = null, b = null, c]: readonly Json[], orEqual: boolean): boolean {
  return isBefore(meter, a, b, orEqual) && (c === undefined || isBefore(meter, b, c, orEqual));
}

function subtract(meter: Meter, [a = null, b]: readonly Json[]): number {
  return b === undefined ? -toNumber(meter, a) : toNumber(meter, a) - toNumber(meter, b);
}

/** A lone factor comes back as it is, not as a number; so it does in the published implementation. */
function multiply(meter: Meter, [first = null, ...rest]: readonly Json[]): Json {
  return rest.reduce<Json>((product, arg) => parseNumber(meter, product) * parseNumber(meter, arg), first);
}

function isIn(meter: Meter, needle: Json, hay: Json): boolean {
  if (typeof hay === "string") return hay !== "" && hay.includes(toText(meter, needle));
  return Array.isArray(hay) && hay.some((member: Json) => strictlyEqual(meter, needle, member));
}

function cat(meter: Meter, args: readonly Json[]): string {
  const text = joinTexts(meter, args, "");
  chargeOutput(meter, text.length);
  return text;
}

/** A negative start counts from the end; a negative length is how much to leave out at the end. */
function substr(meter: Meter, [source = null, start = null, length]: readonly Json[]): string {
  const rest = toText(meter, source).slice(toNumber(meter, start));
  const count = length === undefined ? rest.length : toNumber(meter, length);
  const taken = rest.slice(0, count < 0 ? Math.max(rest.length + count, 0) : count);
  chargeOutput(meter, taken.length);
  return taken;
}

function merge(meter: Meter, args: readonly Json[]): Json[] {
  return args.flatMap((arg): readonly Json[] => {
    const members = Array.isArray(arg) ? (arg as readonly Json[]) : [arg];
    chargeOutput(meter, members.length);
    return members;
  });
}
