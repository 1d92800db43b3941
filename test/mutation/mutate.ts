import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { compareSurvivors, type MutantResult } from "./compareSurvivors.ts";

/**
 * npm run mutate -- [--all | --mutate <glob>]... [--concurrency <n>] [--report <file>]
 *
 * Changes one place of the source at a time and says which changes no test notices. Without a flag: the core, which
 * fails when its score falls or when a survivor is not explained in survivors.md. --all: the whole of src/scripts,
 * and --mutate: what you name, for you to read.
 */
const { values } = parseArgs({
  options: {
    all: { type: "boolean" },
    mutate: { type: "string", multiple: true },
    concurrency: { type: "string" },
    report: { type: "string" },
  },
});

const mutate = values.all ? ["src/scripts/**/*.ts"] : values.mutate;
const folder = mkdtempSync(join(tmpdir(), "script-mutants-"));
try {
  const results = await new Stryker({
    configFile: "test/mutation/stryker.config.json",
    tempDirName: join(folder, "sandbox"),
    jsonReporter: { fileName: values.report ?? join(folder, "mutation.json") },
    ...(mutate && {
      mutate,
      vitest: { configFile: "test/mutation/vitest.all.config.ts" },
      thresholds: { high: 95, low: 90, break: null },
    }),
    ...(values.concurrency && { concurrency: Number(values.concurrency) }),
  }).runMutationTest();
  if (!mutate) requireExplanations(results);
  console.log(describeScore(results));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function requireExplanations(results: readonly MutantResult[]): void {
  const text = readFileSync(new URL("survivors.md", import.meta.url), "utf8");
  const { unexplained, outdated } = compareSurvivors(results, text);
  for (const line of unexplained) console.log(`Survived: kill it, or explain it in survivors.md:\n${line}`);
  for (const line of outdated)
    console.log(`Does not survive any more, take it out of survivors.md:\n${line}`);
  if (unexplained.length > 0) process.exitCode = 1;
}

function describeScore(results: readonly MutantResult[]): string {
  const count = (status: MutantResult["status"]): number =>
    results.filter((mutant) => mutant.status === status).length;
  const noticed = count("Killed") + count("Timeout");
  const unnoticed = count("Survived") + count("NoCoverage");
  const score = ((100 * noticed) / (noticed + unnoticed)).toFixed(1);
  // Those with an error let no test file load: noticed for certain, but by no test, so they do not count.
  return (
    `mutation score ${score} % (${count("Killed")} killed, ${count("Timeout")} timed out, ` +
    `${count("Survived")} survived, ${count("NoCoverage")} not covered, ${count("RuntimeError")} not loaded)`
  );
}
