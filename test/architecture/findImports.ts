import type { MaskedSource } from "./maskSource.ts";

export interface Import {
  /** As written: "./state.ts", "node:fs", "zod". Undefined when it is computed and nobody can tell. */
  readonly specifier: string | undefined;
  readonly offset: number;
}

const FROM = /\b(?:import|export)\b[^"'`;]*?\bfrom\s*(["'])(.*?)\1/g;
const BARE = /\bimport\s*(["'])(.*?)\1/g;
const CALLED = /(?<![.\w$])(?:import|require)\s*\(\s*(?:(["'`])([^"'`$]*)\1)?/g;

/** Everything that a source file imports or re-exports, types and `import("...")` included. */
export function findImports({ code, bare }: MaskedSource): Import[] {
  return [FROM, BARE, CALLED]
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .filter((match) => isCode(bare, match.index))
    .map((match) => ({ specifier: match[2], offset: match.index }))
    .toSorted((a, b) => a.offset - b.offset);
}

// An example inside a text is not an import: there only spaces are left of it.
function isCode(bare: string, offset: number): boolean {
  return bare[offset] !== " ";
}
