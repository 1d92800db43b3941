import { sameJson } from "./sameJson.ts";
import type { ScriptState } from "./state.ts";
import type { PatchOperation } from "./storedCommand.ts";
import { touchedIds } from "./touchedIds.ts";

/** What a batch changed. Ids are paths of the id-keyed state without the leading slash: nodes/n_1, details/name. */
export interface StateDiff {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
  /** RFC 6902 on the id-keyed state. */
  readonly patch: readonly PatchOperation[];
}

/**
 * Sorts what a patch touched by what became of it between two states. What is as it was, such as a node that
 * was added and removed again, is in no list.
 */
export function stateDiff(
  before: ScriptState,
  after: ScriptState,
  patch: readonly PatchOperation[],
): StateDiff {
  const added: string[] = [];
  const updated: string[] = [];
  const removed: string[] = [];
  for (const touched of touchedIds(patch)) {
    const [old, now] = [valueAt(before, touched), valueAt(after, touched)];
    if (old === undefined && now !== undefined) added.push(touched);
    else if (old !== undefined && now === undefined) removed.push(touched);
    else if (!sameJson(old, now)) updated.push(touched);
  }
  return { added, updated, removed, patch };
}

/** Undefined when it is not there. An id may contain slashes, the member's name does not. */
function valueAt(state: ScriptState, touched: string): unknown {
  const slash = touched.indexOf("/");
  const member = state[(slash < 0 ? touched : touched.slice(0, slash)) as keyof ScriptState];
  if (slash < 0) return member;
  const record = member as { readonly [id: string]: unknown };
  const id = touched.slice(slash + 1);
  return Object.hasOwn(record, id) ? record[id] : undefined;
}
