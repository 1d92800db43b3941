import type { Json } from "../kernel/canonicalJson.ts";
import { refuseRun } from "./refuseRun.ts";
import type { RunRefusal } from "./refuseRun.ts";

/** A variable's value in the member of its type, as clients send it and rows keep it. */
export interface TypedValue {
  readonly strVal?: string | null;
  readonly numVal?: number | null;
  readonly boolVal?: boolean | null;
  readonly jsonVal?: Json;
}

const TYPE_OF: { readonly [member in keyof TypedValue]-?: string | undefined } = {
  strVal: "string",
  numVal: "number",
  boolVal: "boolean",
  jsonVal: undefined,
};

const MEMBERS = Object.keys(TYPE_OF) as (keyof TypedValue)[];

/**
 * The one value that a client sent. A member that is null counts as left out, except where jsonVal: null is all
 * there is: it takes the variable away. Codes value_missing, value_ambiguous, value_type_mismatch; paths are
 * pointers into the typed value.
 */
export function readTypedValue(
  typed: TypedValue,
): { readonly kind: "value"; readonly value: Json; readonly path: string } | RunRefusal {
  const [member, ...others] = MEMBERS.filter((name) => typed[name] !== undefined && typed[name] !== null);
  if (member === undefined) {
    if (typed.jsonVal === null) return { kind: "value", value: null, path: "/jsonVal" };
    const message = `Give the value in one of ${MEMBERS.join(", ")}. jsonVal: null takes the variable away.`;
    return refuseRun("value_missing", "", message);
  }
  if (others.length > 0) {
    const message = `Give exactly one value, not ${[member, ...others].join(" and ")}.`;
    return refuseRun("value_ambiguous", "", message);
  }
  const value = typed[member]!;
  const path = `/${member}`;
  if (TYPE_OF[member] === undefined || typeof value === TYPE_OF[member])
    return { kind: "value", value, path };
  return refuseRun("value_type_mismatch", path, `${member} takes a ${TYPE_OF[member]}.`);
}

/** A value in the member of its own type, for its row. readTypedValue gives the same value back. */
export function toTypedValue(value: Json): TypedValue {
  switch (typeof value) {
    case "string":
      return { strVal: value };
    case "number":
      return { numVal: value };
    case "boolean":
      return { boolVal: value };
    default:
      return { jsonVal: value };
  }
}
