import { toTokens } from "../../scripts/pointer.ts";
import type { PatchOperation } from "../../scripts/storedCommand.ts";

type Tree = { readonly [member: string]: unknown };

/**
 * Applies a patch of the log to a tree of JSON and shares with it what did not change: 1 µs, where a copy of 200
 * nodes takes 100. Undefined when the patch does not apply.
 *
 * Knows objects only. The log's patches never go into a list, they replace it; one that does is answered with
 * undefined, and the caller asks the library that clients use.
 */
export function patchTree<T>(tree: T, patch: readonly PatchOperation[]): T | undefined {
  let current: unknown = tree;
  for (const operation of patch) {
    current = change(current, toTokens(operation.path), 0, operation);
    if (current === undefined) return undefined;
  }
  return current as T;
}

function change(at: unknown, tokens: readonly string[], depth: number, operation: PatchOperation): unknown {
  if (depth === tokens.length) return operation.op === "remove" ? undefined : operation.value;
  if (at === null || typeof at !== "object" || Array.isArray(at)) return undefined;
  const token = tokens[depth]!;
  const tree = at as Tree;
  const exists = Object.hasOwn(tree, token);
  const isLast = depth === tokens.length - 1;
  if (!exists && !(isLast && operation.op === "add")) return undefined;
  if (isLast && operation.op === "remove") {
    const { [token]: _, ...rest } = tree;
    return rest;
  }
  const member = change(tree[token], tokens, depth + 1, operation);
  return member === undefined ? undefined : { ...tree, [token]: member };
}
