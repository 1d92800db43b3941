import type { Json } from "../kernel/canonicalJson.ts";
import { charge } from "./meter.ts";
import type { Meter } from "./meter.ts";

// JavaScript's conversions, written out: the built-in ones throw on {"toString": null}, take a list of any
// size for one operation, and compare lists by identity, which a state read back from JSON does not keep.

/** Whether JSON-logic takes a value for true. As in JavaScript, but an empty list is false. */
export function isTruthy(value: Json): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** A value as text: a list's members joined by commas, null among them as nothing; an object as [object Object]. */
export function toText(meter: Meter, value: Json): string {
  if (Array.isArray(value)) return joinTexts(meter, value as readonly Json[], ",");
  return typeof value === "object" && value !== null ? "[object Object]" : String(value);
}

/** The members of a list as one text; null is nothing. */
export function joinTexts(meter: Meter, list: readonly Json[], separator: string): string {
  charge(meter, list.length);
  return list.map((member) => (member === null ? "" : toText(meter, member))).join(separator);
}

/** A value as a number, NaN when it reads as none: null, false, "" and [] are 0, [5] is 5. */
export function toNumber(meter: Meter, value: Json): number {
  return Number(toScalar(meter, value));
}

/** The number that a value's text begins with, NaN when there is none: of null, too. */
export function parseNumber(meter: Meter, value: Json): number {
  return typeof value === "number" ? value : Number.parseFloat(toText(meter, value));
}

/** JSON-logic's ==: as in JavaScript, but two lists or objects are equal when they hold the same. */
export function looselyEqual(meter: Meter, a: Json, b: Json): boolean {
  if (isContainer(a) && isContainer(b)) return strictlyEqual(meter, a, b);
  // Between these JavaScript's own comparison is the definition: 1 == "1", null != 0.
  // oxlint-disable-next-line eslint/eqeqeq
  return toScalar(meter, a) == toScalar(meter, b);
}

/** JSON-logic's ===: the same type and value; lists and objects when they hold the same, in any order of keys. */
export function strictlyEqual(meter: Meter, a: Json, b: Json): boolean {
  charge(meter, 1);
  if (!isContainer(a) || !isContainer(b)) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((member: Json, index) => strictlyEqual(meter, member, b[index] as Json));
  }
  const [left, right] = [a as { readonly [key: string]: Json }, b as { readonly [key: string]: Json }];
  const keys = Object.keys(left);
  charge(meter, keys.length);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && strictlyEqual(meter, left[key]!, right[key]!))
  );
}

/** JSON-logic's < or <=: texts by UTF-16 code units, anything else as numbers. Never holds with NaN. */
export function isBefore(meter: Meter, a: Json, b: Json, orEqual: boolean): boolean {
  const [left, right] = [toScalar(meter, a), toScalar(meter, b)];
  if (typeof left === "string" && typeof right === "string") return orEqual ? left <= right : left < right;
  return orEqual ? Number(left) <= Number(right) : Number(left) < Number(right);
}

function toScalar(meter: Meter, value: Json): null | boolean | number | string {
  return isContainer(value) ? toText(meter, value) : value;
}

function isContainer(value: Json): value is readonly Json[] | { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null;
}
