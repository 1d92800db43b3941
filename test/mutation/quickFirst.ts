import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that play whole games, or make a database for each test. */
const SLOW =
  /\/(findProblems|model|materialize|versionEvents|drafts|sweep|waitUntilMaterialized|wakeWorkers|races)\.test\.ts$/u;

/**
 * A run over a mutant ends at the first test that fails. So what takes no time comes first, and of that the files
 * that speak most of the one that is mutated: a mutant in what a file does when it is loaded is tried on all of them.
 */
export class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const [mutated] = this.ctx.config.related ?? [];
    const word = mutated === undefined ? undefined : basename(mutated, ".ts").toLowerCase();
    const ranks = new Map(files.map((file) => [file, rank(file.moduleId, word)]));
    return files.toSorted((a, b) => ranks.get(a)! - ranks.get(b)!);
  }
}

function rank(file: string, word: string | undefined): number {
  if (SLOW.test(file)) return 1;
  return word === undefined ? 0 : -readFileSync(file, "utf8").toLowerCase().split(word).length;
}
