import type { Offence } from "./findOffences.ts";

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
];
