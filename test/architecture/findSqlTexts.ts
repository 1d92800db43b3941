import type { MaskedSource } from "./maskSource.ts";

/** A statement that the code sends to the database. */
export interface SqlText {
  /** Its text as far as it stands in the code; a place that is filled in reads `${...}`. */
  readonly sql: string;
  readonly offset: number;
  /** Whether it is only a part, to be put into others. */
  readonly isPart: boolean;
}

// A tagged template, or the first argument of a pg client's query. What stands in a constant is not followed.
const TAGGED = /\$queryRaw\s*(?:<[^`]*?>)?\s*`|\bPrisma\s*\.\s*sql\s*`/g;
const QUERIED = /\.\s*query\s*(?:<[^`"']*?>)?\s*\(\s*(["'`])/g;

/** The statements of a source file that are written out where they are sent. */
export function findSqlTexts({ code, bare }: MaskedSource): SqlText[] {
  return [TAGGED, QUERIED]
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .filter(({ index }) => bare[index] !== " ")
    .map(({ index, 0: match }) => {
      const from = index + match.length;
      const sql = code.slice(from, endOfText(code, match.at(-1)!, from));
      return { sql, offset: index, isPart: match.startsWith("Prisma") };
    });
}

function endOfText(code: string, quote: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    if (code[at] === "\\") at++;
    else if (quote === "`" && code.startsWith("${", at)) depth++;
    else if (depth > 0 && code[at] === "}") depth--;
    else if (depth === 0 && code[at] === quote) return at;
  }
  return code.length;
}
