import { enablePatches, Immer } from "immer";
import type { ScriptState } from "./state.ts";
import type { PatchOperation, StoredCommand } from "./storedCommand.ts";
import { toJsonPatch } from "./toJsonPatch.ts";
import { upcast } from "./upcast.ts";

enablePatches();

// Freezing takes a command on 200 nodes from 24 µs to 33-84 µs, and frozen records are slower to copy again.
// What keeps the state as it is are its readonly types; the tests freeze every state themselves.
const immer = new Immer({ autoFreeze: false });

/** A state and how one comes to it and back, as RFC 6902. */
export interface Evolved {
  readonly state: ScriptState;
  readonly patch: PatchOperation[];
  readonly inversePatch: PatchOperation[];
}

/**
 * Applies one command that was accepted. The given state stays as it is; the new one shares with it what did
 * not change. About 10 µs on 30 nodes, 30 µs on 200, 0.5 ms on 2,000: immer copies the whole record that it
 * changes.
 *
 * Throws ReplayError for a command that this reducer does not know.
 */
export function evolve(state: ScriptState, stored: StoredCommand): Evolved {
  const { definition, payload } = upcast(stored);
  const [after, patches, inversePatches] = immer.produceWithPatches(state, (draft) => {
    definition.evolve(draft, payload, stored.facts, { sequence: stored.sequence });
  });
  return {
    state: after,
    patch: toJsonPatch(patches, after),
    inversePatch: toJsonPatch(inversePatches, state),
  };
}
