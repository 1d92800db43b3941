import { applyPatch } from "../../scripts/applyPatch.ts";
import { cloneJson } from "../../scripts/cloneJson.ts";
import { toTokens } from "../../scripts/pointer.ts";
import type { ScriptState } from "../../scripts/state.ts";
import type { PatchOperation } from "../../scripts/storedCommand.ts";

/**
 * Applies patches one after another to a state that nobody else has, and changes it: 1 µs for each, whatever the size
 * of the state. Undefined when one does not apply.
 */
export function walkPatches(
  own: ScriptState,
  patches: Iterable<readonly PatchOperation[]>,
): ScriptState | undefined {
  let state = own;
  for (const patch of patches) {
    if (patch.every((operation) => applyInPlace(state, operation))) continue;
    // Into a list, which the log's own patches never go, or not at all: the library that clients use knows.
    try {
      state = applyPatch(state, patch);
    } catch {
      return undefined;
    }
  }
  return state;
}

type Tree = { [member: string]: unknown };

/** False, and nothing is changed, when the path leads into a list or to nothing. */
function applyInPlace(state: ScriptState, operation: PatchOperation): boolean {
  const tokens = toTokens(operation.path);
  const last = tokens.pop();
  let at: unknown = state;
  for (const token of tokens) {
    if (!isTree(at) || !Object.hasOwn(at, token)) return false;
    at = at[token];
  }
  if (last === undefined || !isTree(at)) return false;
  if (operation.op !== "add" && !Object.hasOwn(at, last)) return false;
  if (operation.op === "remove") delete at[last];
  // A copy: a later patch may go into it, and the row keeps its own.
  else at[last] = cloneJson(operation.value);
  return true;
}

function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
