import { nodeIdOf, variableKeyOf } from "./names.ts";

const ANSWERS = "answers.";

/** What conditions and texts of one version call its variables and nodes by, and what these are called now. */
export interface NameMap {
  /** The name as it is now. A variable that is not declared is noted, and `onUndeclared` is told. */
  rename(name: string, onUndeclared: () => void): string;
  /** Notes a variable by its new key; tells `onUndeclared` when nobody declared it. */
  use(key: string, onUndeclared: () => void): void;
  /** New keys of the variables that were named and not declared, sorted. */
  undeclared(): string[];
}

/** `keys`: the new key of each declared variable by its legacy one. */
export function makeNameMap(keys: ReadonlyMap<string, string>, nodeKeys: Iterable<string>): NameMap {
  const declared = new Set(keys.values());
  const added = new Set<string>();
  const renamedNodes = [...nodeKeys].filter((key) => nodeIdOf(key) !== key);
  const use = (key: string, onUndeclared: () => void): void => {
    if (declared.has(key)) return;
    added.add(key);
    onUndeclared();
  };
  return {
    rename: (name, onUndeclared) => {
      if (name.startsWith(ANSWERS))
        return ANSWERS + renameHead(name.slice(ANSWERS.length), renamedNodes, nodeIdOf);
      const known = longestHead(name, keys.keys());
      const head = known ?? name.split(".", 1)[0]!;
      const key = known === undefined ? variableKeyOf(head) : keys.get(known)!;
      use(key, onUndeclared);
      return key + name.slice(head.length);
    },
    use,
    undeclared: () => [...added].toSorted(),
  };
}

function renameHead(name: string, heads: readonly string[], rename: (head: string) => string): string {
  const head = longestHead(name, heads);
  return head === undefined ? name : rename(head) + name.slice(head.length);
}

/** Legacy keys may hold dots, so "a.b.c" may begin with the key "a.b": the longest counts. */
function longestHead(name: string, heads: Iterable<string>): string | undefined {
  let longest: string | undefined;
  for (const head of heads) {
    const isHead = name === head || name.startsWith(`${head}.`);
    if (isHead && (longest === undefined || head.length > longest.length)) longest = head;
  }
  return longest;
}
