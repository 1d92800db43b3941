import jsonPatch from "fast-json-patch";
import { cloneJson } from "./cloneJson.ts";
import type { ScriptState } from "./state.ts";
import type { PatchOperation } from "./storedCommand.ts";

/**
 * Applies a patch or inverse patch of the log to a copy of a state. Throws when it does not apply.
 *
 * Independent of evolve on purpose: this is how the promise is checked that a patch leads from one state to
 * the next.
 */
export function applyPatch(state: ScriptState, patch: readonly PatchOperation[]): ScriptState {
  // The last argument lifts the ban of a member "prototype" in "constructor": names like any other in data.
  return jsonPatch.applyPatch(cloneJson(state), cloneJson(patch), true, true, false).newDocument;
}
