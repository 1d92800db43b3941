import type { MaskedSource } from "./maskSource.ts";

export interface Import {
  /** As written: "./state.ts", "node:fs", "zod". Undefined when it is computed and nobody can tell. */
  readonly specifier: string | undefined;
  readonly offset: number;
  /** Whether it brings types alone, of which nothing is left when the code runs. */
  readonly isType: boolean;
  /** Whether it hands on what it brings. */
  readonly isExport: boolean;
  /** What it brings beside types, as it is called there; "*" is all of it. */
  readonly values: readonly string[];
}

const FROM = /\b(?:import|export)\b[^"'`;]*?\bfrom\s*(["'])(.*?)\1/g;
const BARE = /\bimport\s*(["'])(.*?)\1/g;
const CALLED = /(?<![.\w$])(?:import|require)\s*\(\s*(?:(["'`])([^"'`$]*)\1\s*(?=[,)]))?/g;

/** Everything that a source file imports or re-exports, types and `import("...")` included. */
export function findImports({ code, bare }: MaskedSource): Import[] {
  return [FROM, BARE, CALLED]
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .filter((match) => isCode(bare, match.index))
    .map((match) => ({
      specifier: match[2],
      offset: match.index,
      isType: isTypeImport(match[0]),
      isExport: match[0].startsWith("export"),
      values: valuesOf(match[0]),
    }))
    .toSorted((a, b) => a.offset - b.offset);
}

/** `import type ...`, and `import { type A, type B } ...`. */
function isTypeImport(statement: string): boolean {
  if (/^(?:import|export)\s+type\b/.test(statement)) return true;
  const [, names] = /^(?:import|export)\s*\{([^}]*)\}/.exec(statement) ?? [];
  if (names === undefined) return false;
  return names.split(",").every((name) => name.trim() === "" || /^\s*type\s/.test(name));
}

/** `{ a, type B, c as d }` brings a and c; anything else may bring all. */
function valuesOf(statement: string): string[] {
  if (isTypeImport(statement)) return [];
  const [, names] = /^(?:import|export)\s*\{([^}]*)\}/.exec(statement) ?? [];
  if (names === undefined) return ["*"];
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !/^type\s/.test(name));
}

// An example inside a text is not an import: there only spaces are left of it.
function isCode(bare: string, offset: number): boolean {
  return bare[offset] !== " ";
}
