import type { Json } from "../kernel/canonicalJson.ts";
import { checkVariable } from "../scripts/document/checkVariable.ts";
import { LIMITS } from "../scripts/document/limits.ts";
import type { VariableType } from "../scripts/state.ts";
import type { VariableDef } from "../scripts/storedCommand.ts";
import { parseLegacyJson } from "./legacyJson.ts";
import type { LegacyVariableRow } from "./legacyRows.ts";
import { variableKeyOf } from "./names.ts";
import { find } from "./reasons.ts";
import type { Problems } from "./reasons.ts";

const TYPES: ReadonlyMap<string, VariableType> = new Map<string, VariableType>([
  ...(["string", "text"] as const).map((name) => [name, "string"] as const),
  ...(["number", "int", "integer", "float", "decimal"] as const).map((name) => [name, "number"] as const),
  ...(["boolean", "bool"] as const).map((name) => [name, "boolean"] as const),
  ...(["enum", "select"] as const).map((name) => [name, "enum"] as const),
  ...(["date", "datetime"] as const).map((name) => [name, "date"] as const),
  ...(["json", "object", "array"] as const).map((name) => [name, "json"] as const),
]);

export interface MappedVariables {
  /** By key. */
  readonly definitions: VariableDef[];
  /** The new key by the legacy one. */
  readonly keys: ReadonlyMap<string, string>;
}

/** Maps the declarations of a version, in the order of their keys. */
export function mapVariables(problems: Problems, rows: readonly LegacyVariableRow[]): MappedVariables {
  const sorted = rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const keys = new Map<string, string>();
  const definitions = sorted.map((row) => {
    const key = variableKeyOf(row.key);
    if (key !== row.key)
      find(problems, "variable_key_renamed", "ScriptVariable", row.id, `It is called ${key} now.`);
    keys.set(row.key, key);
    return mapVariable(problems, row, key);
  });
  return { definitions, keys };
}

function mapVariable(problems: Problems, row: LegacyVariableRow, key: string): VariableDef {
  const { type, enumValues } = typeOf(problems, row);
  const definition: VariableDef = {
    key,
    type,
    required: row.required,
    ...(enumValues ? { enumValues } : {}),
  };
  if (row.defaultVal === null) return definition;
  const defaultVal = readDefault(type, row.defaultVal);
  const withDefault = defaultVal === undefined ? undefined : { ...definition, defaultVal };
  if (withDefault && checkVariable(withDefault).length === 0) return withDefault;
  const detail = `${JSON.stringify(row.defaultVal.slice(0, 100))} is no ${type}.`;
  find(problems, "default_dropped", "ScriptVariable", row.id, detail);
  return definition;
}

function typeOf(
  problems: Problems,
  row: LegacyVariableRow,
): { readonly type: VariableType; readonly enumValues?: readonly string[] } {
  const type = TYPES.get(row.type.trim().toLowerCase());
  if (type === undefined) {
    find(problems, "variable_type_changed", "ScriptVariable", row.id, `"${row.type}" is json now.`);
    return { type: "json" };
  }
  if (type !== "enum") {
    if (row.enumValues.length > 0) find(problems, "enum_values_repaired", "ScriptVariable", row.id);
    return { type };
  }
  const enumValues = [...new Set(row.enumValues)];
  const isEnum =
    enumValues.length > 0 &&
    enumValues.length <= LIMITS.enumValues &&
    enumValues.every((value) => value.length <= LIMITS.labelLength);
  if (!isEnum) {
    find(problems, "variable_type_changed", "ScriptVariable", row.id, "The enum is a string now.");
    return { type: "string" };
  }
  if (enumValues.length < row.enumValues.length)
    find(problems, "enum_values_repaired", "ScriptVariable", row.id);
  return { type, enumValues };
}

/** The default in the type's own form; undefined when the text does not read as one. */
function readDefault(type: VariableType, text: string): Json | undefined {
  switch (type) {
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case "boolean":
      return ({ true: true, false: false } as const)[text.trim().toLowerCase()];
    case "json":
      try {
        return parseLegacyJson(text).value;
      } catch {
        return undefined;
      }
    case "string":
    case "enum":
    case "date":
      return text;
  }
}

/** A default as the legacy column holds it. */
export function toLegacyDefault(value: Json | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
