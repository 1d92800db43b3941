import type { Offence } from "./offence.ts";

/** Places where a rule is broken on purpose. One that is no longer needed fails the test. */
export const EXCEPTIONS: readonly (Pick<Offence, "rule"> & {
  readonly path: string;
  readonly why: string;
})[] = [
  {
    rule: "environment",
    path: "src/db/embedded/runProgram.ts",
    why: "Hands our environment on to PostgreSQL's programs, as every child process gets it; reads no setting.",
  },
  {
    rule: "sql_write",
    path: "src/db/schemaEngine.ts",
    why: "Notes the end of a migration in the migration's own transaction, in the migration tool's table.",
  },
  {
    rule: "edit_path",
    path: "migrations-backfill/core/appendSteps.ts",
    why: "A move appends the commands that a legacy script comes to in its own transaction, as actor BACKFILL; an operator runs it.",
  },
  {
    rule: "edit_path",
    path: "src/ops/transfer/import.ts",
    why: "An exported log is appended as it is, held against its hashes and not decided anew; an operator runs it.",
  },
];
