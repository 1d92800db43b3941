import type { Patch } from "immer";
import type { Json } from "../kernel/canonicalJson.ts";
import { toPointer } from "./pointer.ts";
import type { ScriptState } from "./state.ts";
import type { PatchOperation } from "./storedCommand.ts";

/**
 * Writes immer's patches as RFC 6902: pointers instead of lists of keys, remove instead of undefined.
 *
 * A patch inside of a list becomes one that replaces the list: immer cuts lists by their length, which RFC
 * 6902 cannot say, and indexes do not merge. `after` is the state that the patch leads to.
 */
export function toJsonPatch(patches: readonly Patch[], after: ScriptState): PatchOperation[] {
  const operations: PatchOperation[] = [];
  const replacedLists = new Set<string>();
  for (const patch of patches) {
    const list = findList(patch.path, after);
    if (list === undefined) operations.push(toOperation(patch));
    else if (!replacedLists.has(list.path)) {
      replacedLists.add(list.path);
      operations.push({ op: "replace", path: list.path, value: list.value });
    }
  }
  return operations;
}

function toOperation({ op, path, value }: Patch): PatchOperation {
  const pointer = toPointer(path);
  return op === "remove" || value === undefined
    ? { op: "remove", path: pointer }
    : { op, path: pointer, value: value as Json };
}

/** The first list that a path leads into. */
function findList(path: Patch["path"], after: ScriptState): { path: string; value: Json[] } | undefined {
  let at: unknown = after;
  for (let depth = 0; depth < path.length - 1; depth++) {
    at = (at as Record<string, unknown>)[path[depth]!];
    if (Array.isArray(at)) return { path: toPointer(path.slice(0, depth + 1)), value: at as Json[] };
  }
  return undefined;
}
