import type { Json } from "../../kernel/canonicalJson.ts";
import type { NodeState } from "../state.ts";

const NONE: ReadonlySet<string> = new Set();
const TRUE_FALSE: ReadonlySet<string> = new Set(["true", "false"]);

/**
 * The source handles that a node offers to edges; undefined when it takes any. React Flow silently drops an
 * edge whose handle its node does not have.
 *
 * question, choice: ids and values of data.options. condition: ids of data.branches, else "true" and "false".
 * Other built-in types: none. Custom types: data.handles (texts, or objects with an id) when it is a list.
 */
export function offeredHandles({ type, data }: NodeState): ReadonlySet<string> | undefined {
  switch (type) {
    case "question":
    case "choice":
      return Array.isArray(data["options"]) ? new Set(data["options"].flatMap(optionNames)) : NONE;
    case "condition":
      return Array.isArray(data["branches"]) ? new Set(data["branches"].flatMap(idOf)) : TRUE_FALSE;
    case "start":
    case "message":
    case "action":
    case "end":
      return NONE;
    default:
      return Array.isArray(data["handles"]) ? new Set(data["handles"].flatMap(idOf)) : undefined;
  }
}

/** What an option can be called by: its id and its value, or itself when it is a plain value. */
export function optionNames(option: Json): string[] {
  if (isScalar(option)) return [String(option)];
  if (!isObject(option)) return [];
  return [option["id"], option["value"]].filter(isScalar).map(String);
}

/** The id of a branch or handle: of an object its id, a plain value is its own. None for anything else. */
export function idOf(entry: Json): string[] {
  const id = isObject(entry) ? entry["id"] : entry;
  return isScalar(id) ? [String(id)] : [];
}

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
