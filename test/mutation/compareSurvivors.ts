import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { Stryker } from "@stryker-mutator/core";

export type MutantResult = Awaited<ReturnType<Stryker["runMutationTest"]>>[number];

/** Lines in the form of survivors.md: `- src/a.ts: ` and then the code and what it becomes, both in backquotes. */
export interface SurvivorDifference {
  /** Mutants that no test noticed and that the text does not list. */
  readonly unexplained: readonly string[];
  /** Lines of the text whose mutants some test notices by now, or that are not made any more. */
  readonly outdated: readonly string[];
}

/**
 * Holds what survived against the text that explains it. A line that stands there once explains one mutant; lines of
 * files that were not mutated say nothing.
 */
export function compareSurvivors(
  results: readonly Pick<MutantResult, "fileName" | "location" | "replacement" | "status">[],
  text: string,
): SurvivorDifference {
  const files = new Set(results.map(({ fileName }) => relative(".", fileName)));
  const listed = text.split("\n").filter((line) => files.has(/^- (src\/[^:]+): /u.exec(line)?.[1] ?? ""));
  const linesOf = (...wanted: MutantResult["status"][]): string[] =>
    results.filter(({ status }) => wanted.includes(status)).map(toLine);
  const survivors = linesOf("Survived", "NoCoverage");
  // What this run left out it says nothing about.
  const outdated = without(without(listed, survivors), linesOf("Ignored"));
  return { unexplained: without(survivors, listed), outdated };
}

/** A mutant in the form of survivors.md. */
export function toLine({
  fileName,
  location,
  replacement,
}: Pick<MutantResult, "fileName" | "location" | "replacement">): string {
  const { start, end } = location;
  const lines = readFileSync(fileName, "utf8")
    .split("\n")
    .slice(start.line - 1, end.line);
  // The end first: on one line, a cut at the start would move it.
  lines.push(lines.pop()!.slice(0, end.column - 1));
  const [first, ...rest] = lines;
  const code = [first!.slice(start.column - 1), ...rest].join("\n");
  return `- ${relative(".", fileName)}: \`${onOneLine(code)}\` => \`${onOneLine(replacement)}\``;
}

function onOneLine(code: string): string {
  // A backquote within backquotes would be the end of them.
  return code.replaceAll(/\s+/g, " ").replaceAll("`", "'").trim();
}

function without(lines: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return lines.filter((line) => {
    const place = left.indexOf(line);
    if (place !== -1) left.splice(place, 1);
    return place === -1;
  });
}
