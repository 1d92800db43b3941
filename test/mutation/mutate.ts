import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { startTestServer } from "../support/testServer.ts";
import { compareSurvivors, type MutantResult } from "./compareSurvivors.ts";
import { recordScores, scoreOf } from "./recordScores.ts";

/**
 * npm run mutate -- [--all | --database | --append | --materialize] [--mutate <glob>]... [--static] [--record]
 *   [--concurrency <n>] [--report <file>]
 *
 * Changes one place of the source at a time and says which changes no test notices; fails when one of them is not
 * explained in survivors.md. Without a flag: the core, which fails also when its score falls. --all: the whole of
 * src/scripts. --append, --materialize: those paths, against a PostgreSQL of their own; --database: both. --mutate:
 * only the files that you name, with the tests of that run. --static: also what files do when they are loaded, such as
 * to build a schema. --record: keep the scores in scores.md.
 */
const { values } = parseArgs({
  options: {
    all: { type: "boolean" },
    database: { type: "boolean" },
    append: { type: "boolean" },
    materialize: { type: "boolean" },
    static: { type: "boolean" },
    mutate: { type: "string", multiple: true },
    record: { type: "boolean" },
    concurrency: { type: "string" },
    report: { type: "string" },
  },
});

const BY_HAND = {
  thresholds: { high: 95, low: 90, break: null },
  // Nobody waits for these runs, and a machine that does other things must not look like a mutant that never ends.
  timeoutMS: 30_000,
  // What a file does when it is loaded no test does by itself, so each such mutant is tried on all of them: half of
  // the mutants and nine tenths of the time.
  ignoreStatic: values.static !== true,
};

const SCRIPTS = {
  ...BY_HAND,
  mutate: ["src/scripts/**/*.ts"],
  vitest: { configFile: "test/mutation/vitest.all.config.ts" },
};

const WITH_DATABASE = {
  ...BY_HAND,
  // These tests migrate a database, which the core does without.
  ignorePatterns: ["/.ci", "/.data", "/openapi", "/test/{backfill,bench,blackbox,db,faults,http}"],
};

const APPEND = {
  ...WITH_DATABASE,
  // Who may do what is a table, which test/commands/roles.test.ts holds against another one.
  mutate: [
    "src/commands/*.ts",
    "!src/commands/{role,findForbidden}.ts",
    "src/log/*.ts",
    "!src/log/selectLogPage.sql.ts",
  ],
  vitest: { configFile: "test/mutation/vitest.append.config.ts" },
};

const MATERIALIZE = {
  ...WITH_DATABASE,
  // One run, and the drafts that go together. The loops around it, which start runs, are of another kind.
  mutate: [
    "src/materializer/{baseCache,beginWrite.sql,commitMaterialization,isLockTimeout,loadBase,materialize}.ts",
    "src/materializer/{materializeDrafts,planEvents,readDraftTails.sql,readTail,recordFailure}.ts",
    "src/log/selectLogPage.sql.ts",
    "src/materializer/{sendMaterializeJobs,toVersionEvents,versionRowId,writeMaterialization}.ts",
  ],
  vitest: { configFile: "test/mutation/vitest.materialize.config.ts" },
};

const runs = chooseRuns();
const folder = mkdtempSync(join(tmpdir(), "script-mutants-"));
// Stryker ends the process when it is told to stop.
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
// One server for all test runners. What tests that failed leave on it goes with it.
const server = runs.some((run) => run !== undefined && "ignorePatterns" in run)
  ? await startTestServer(console.log)
  : undefined;
if (server) process.env["TEST_DATABASE_URL"] = server.url;
try {
  const results: MutantResult[] = [];
  for (const run of runs)
    results.push(
      ...(await new Stryker({
        configFile: "test/mutation/stryker.config.json",
        plugins: ["@stryker-mutator/vitest-runner", "./test/mutation/plugins.ts"],
        tempDirName: join(folder, "sandbox"),
        jsonReporter: { fileName: values.report ?? join(folder, "mutation.json") },
        ...run,
        ...(values.mutate && { mutate: values.mutate }),
        ...(values.concurrency && { concurrency: Number(values.concurrency) }),
      }).runMutationTest()),
    );
  requireExplanations(results);
  if (values.record) keepScores(results);
  console.log(`mutation ${describeScore(results)}`);
} finally {
  await server?.stop(false);
}

function chooseRuns() {
  if (values.append || values.materialize)
    return [...(values.append ? [APPEND] : []), ...(values.materialize ? [MATERIALIZE] : [])];
  if (values.database) return [APPEND, MATERIALIZE];
  return values.all || values.mutate ? [SCRIPTS] : [undefined];
}

function requireExplanations(results: readonly MutantResult[]): void {
  const text = readFileSync(new URL("survivors.md", import.meta.url), "utf8");
  const { unexplained, outdated } = compareSurvivors(results, text);
  for (const line of unexplained) console.log(`Survived: kill it, or explain it in survivors.md:\n${line}`);
  for (const line of outdated)
    console.log(`Does not survive any more, take it out of survivors.md:\n${line}`);
  if (unexplained.length > 0) process.exitCode = 1;
}

function keepScores(results: readonly MutantResult[]): void {
  const file = new URL("scores.md", import.meta.url);
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(file, recordScores(readFileSync(file, "utf8"), results, today));
}

function describeScore(results: readonly MutantResult[]): string {
  const { percent, killed, timedOut, survived, notCovered, notLoaded } = scoreOf(results);
  return (
    `score ${percent} % (${killed} killed, ${timedOut} timed out, ` +
    `${survived} survived, ${notCovered} not covered, ${notLoaded} not loaded)`
  );
}
