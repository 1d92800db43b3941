import { relative } from "node:path";
import type { MutantResult } from "./compareSurvivors.ts";

export interface Score {
  readonly killed: number;
  readonly timedOut: number;
  readonly survived: number;
  readonly notCovered: number;
  /** No test file could be loaded: noticed for certain, but by no test, so these do not count. */
  readonly notLoaded: number;
  /** Noticed ones, in percent of those that count; with one decimal. */
  readonly percent: string;
}

export function scoreOf(results: readonly Pick<MutantResult, "status">[]): Score {
  const count = (status: MutantResult["status"]): number =>
    results.filter((mutant) => mutant.status === status).length;
  const [killed, timedOut, survived] = [count("Killed"), count("Timeout"), count("Survived")];
  const [notCovered, notLoaded] = [count("NoCoverage"), count("RuntimeError")];
  const noticed = killed + timedOut;
  const percent = ((100 * noticed) / (noticed + survived + notCovered)).toFixed(1);
  return { killed, timedOut, survived, notCovered, notLoaded, percent };
}

/** The text of scores.md with the files of this run in it anew; the other files keep the line that they have. */
export function recordScores(
  text: string,
  results: readonly Pick<MutantResult, "fileName" | "status">[],
  date: string,
): string {
  const lines = text.trimEnd().split("\n");
  const kept = lines.filter((line) => isScore(line)).map((line) => [line.split("`")[1]!, line] as const);
  const made = [...Map.groupBy(results, ({ fileName }) => relative(".", fileName))].map(
    ([file, mutants]) => [file, describe(file, mutants, date)] as const,
  );
  const scores = [...new Map([...kept, ...made])].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const words = lines
    .filter((line) => !isScore(line))
    .join("\n")
    .trimEnd();
  return `${words}\n\n${scores.map(([, line]) => line).join("\n")}\n`;
}

function isScore(line: string): boolean {
  return line.startsWith("- `src/");
}

function describe(file: string, mutants: readonly Pick<MutantResult, "status">[], date: string): string {
  const { percent, killed, timedOut, survived, notCovered } = scoreOf(mutants);
  const counted = killed + timedOut + survived + notCovered;
  return `- \`${file}\`: ${percent} % of ${counted}, ${date}`;
}
