import type { Json } from "../../kernel/canonicalJson.ts";
import type { VariableState, VariableType } from "../state.ts";
import { checkJson } from "./checkJson.ts";
import { LIMITS } from "./limits.ts";
import type { StructureProblem } from "./structureProblem.ts";

type Variable = Omit<VariableState, "order">;

const EXPECTED: { readonly [type in VariableType]: string } = {
  string: "text",
  number: "a finite number",
  boolean: "true or false",
  enum: "one of enumValues",
  date: "an ISO 8601 date or date-time such as 2026-01-31 or 2026-01-31T09:00:00Z",
  json: "a JSON value",
};

/** Checks one variable: the values of an enum, and that the default fits the type. Paths are pointers into the variable. */
export function checkVariable(variable: Variable): StructureProblem[] {
  return [...checkEnumValues(variable), ...checkDefault(variable)];
}

function checkEnumValues({ type, enumValues }: Variable): StructureProblem[] {
  const path = "/enumValues";
  if (type !== "enum") {
    if (enumValues === undefined) return [];
    const message = `Only an enum has enumValues, this variable is a ${type}. Leave them out, or make it an enum.`;
    return [{ code: "enum_values_unexpected", path, message }];
  }
  if (enumValues === undefined || enumValues.length === 0) {
    const message = "An enum needs at least one value. Name its values in enumValues.";
    return [{ code: "enum_values_missing", path, message }];
  }
  return enumValues.flatMap((value, index) => {
    if (enumValues.indexOf(value) === index) return [];
    const message = `The value "${value}" stands twice in enumValues. Remove one.`;
    return [{ code: "enum_value_duplicate", path: `${path}/${index}`, message }];
  });
}

function checkDefault({ type, defaultVal, enumValues }: Variable): StructureProblem[] {
  if (defaultVal === undefined) return [];
  const path = "/defaultVal";
  if (!FITS[type](defaultVal)) {
    const message = `The default does not fit the type ${type}: expected ${EXPECTED[type]}. Correct it, or leave it out.`;
    return [{ code: "default_type_mismatch", path, message }];
  }
  if (type === "enum" && enumValues && !enumValues.includes(defaultVal as string)) {
    const message = `The default ${JSON.stringify(defaultVal)} is not in enumValues. Add it there, or choose one of them.`;
    return [{ code: "default_not_in_enum", path, message }];
  }
  return checkJson("default", path, defaultVal, LIMITS.defaultBytes);
}

const FITS: { readonly [type in VariableType]: (value: Json) => boolean } = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number" && Number.isFinite(value),
  boolean: (value) => typeof value === "boolean",
  enum: (value) => typeof value === "string",
  date: (value) => typeof value === "string" && isDate(value),
  json: () => true,
};

const DATE =
  /^(\d{4}-\d{2}-\d{2})(?:T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;

/** Whether a text is an ISO 8601 date or date-time and its day exists: Date alone turns February 30 into March. */
function isDate(text: string): boolean {
  const day = DATE.exec(text)?.[1];
  if (day === undefined) return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day);
}
