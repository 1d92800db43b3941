import { sameJson } from "../../scripts/sameJson.ts";
import { toTokens } from "../../scripts/pointer.ts";
import { EMPTY_STATE } from "../../scripts/emptyState.ts";
import type { LogRow } from "../../log/logRow.ts";
import { patchTree } from "../log/patchTree.ts";

/** Who gave a field its value. */
export interface Blame {
  /** Tokens of its path in the state: nodes, n1, data, title. */
  readonly path: readonly string[];
  /** Undefined: the field was removed, by this command. */
  readonly value: unknown;
  readonly command: LogRow;
}

/**
 * Follows a log by its patches and remembers, for each field, the command that gave it its value. One that writes
 * the value that is there already does not count.
 */
export class BlameLog {
  #state: unknown = EMPTY_STATE;
  readonly #fields = new Map<string, Blame>();

  next(row: LogRow): void {
    for (const operation of row.patch) {
      const path = toTokens(operation.path);
      const before = leavesOf(valueAt(this.#state, path), path);
      const patched = patchTree(this.#state, [operation]);
      if (patched === undefined)
        throw new Error(
          `Command ${row.sequence}: its patch does not apply. Run "ops verify --script ${row.scriptId}" to see the damage.`,
        );
      this.#state = patched;
      const after = leavesOf(valueAt(this.#state, path), path);
      for (const [name, leaf] of before)
        if (!after.has(name)) this.#fields.set(name, { path: leaf.path, value: undefined, command: row });
      for (const [name, leaf] of after) {
        const old = before.get(name);
        if (!old || !sameJson(old.value, leaf.value)) this.#fields.set(name, { ...leaf, command: row });
      }
    }
  }

  /** Fields below a path, those that are there and those that were removed, in order of their paths. */
  fields(below: readonly string[]): Blame[] {
    return [...this.#fields.values()]
      .filter(({ path }) => below.every((token, index) => path[index] === token))
      .toSorted((a, b) => a.path.join("\u0000").localeCompare(b.path.join("\u0000"), "en"));
  }

  get state(): unknown {
    return this.#state;
  }
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** What a value is made of, down to texts, numbers and lists: lists are changed whole. */
function leavesOf(
  value: unknown,
  path: readonly string[],
  into = new Map<string, Leaf>(),
): Map<string, Leaf> {
  if (value === undefined) return into;
  const isRecord = value !== null && typeof value === "object" && !Array.isArray(value);
  if (!isRecord) return into.set(JSON.stringify(path), { path, value });
  for (const [member, inner] of Object.entries(value)) leavesOf(inner, [...path, member], into);
  return into;
}

function valueAt(state: unknown, path: readonly string[]): unknown {
  let at = state;
  for (const token of path) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, token)) return undefined;
    at = (at as { [member: string]: unknown })[token];
  }
  return at;
}
