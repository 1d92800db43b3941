import type { Json } from "../kernel/canonicalJson.ts";
import { checkVariable } from "../scripts/document/checkVariable.ts";
import { LIMITS } from "../scripts/document/limits.ts";
import type { VariableDef } from "../scripts/storedCommand.ts";
import type { RunProblem } from "./refuseRun.ts";

const AT = "/defaultVal";

/**
 * Checks a value against the declaration of its variable: what may be its default may be its value, and nothing
 * else. Codes variable_type_mismatch, variable_not_in_enum, variable_too_deep, variable_too_large, and those of
 * findUnsafeJson. Paths start with `path`.
 */
export function checkValue(variable: VariableDef, value: Json, path: string): RunProblem[] {
  return checkVariable({ ...variable, defaultVal: value })
    .filter((problem) => problem.path.startsWith(AT))
    .map(({ code, path: at, message }) => ({
      code: code.replace(/^default_/, "variable_"),
      path: path + at.slice(AT.length),
      message: describe(variable, code) ?? message,
    }));
}

/** Checks a value that no variable declares: any JSON of at most 64 KiB and 20 levels. */
export function checkFreeValue(name: string, value: Json, path: string): RunProblem[] {
  return checkValue({ key: name, type: "json", required: false }, value, path);
}

function describe({ key, type, enumValues = [] }: VariableDef, code: string): string | undefined {
  switch (code) {
    case "default_type_mismatch": {
      const form = type === "date" ? " in ISO 8601, such as 2026-01-31 or 2026-01-31T09:00:00Z" : "";
      return `This value does not fit "${key}". Give a value of type ${type}${form}.`;
    }
    case "default_not_in_enum": {
      const values = enumValues.slice(0, 20).map((value) => `"${value}"`);
      return `"${key}" does not take this value. Use one of ${values.join(", ")}.`;
    }
    case "default_too_deep":
      return `The value of "${key}" is nested more than ${LIMITS.dataDepth} levels deep. Make it flatter.`;
    case "default_too_large":
      return `The value of "${key}" takes more than ${LIMITS.defaultBytes} bytes. Keep large content elsewhere.`;
    default:
      return undefined;
  }
}
