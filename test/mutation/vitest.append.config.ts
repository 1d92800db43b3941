import { defineConfig, mergeConfig } from "vitest/config";
import database from "./databaseTests.ts";

/** The tests of the way from a submission into the log, and of reading it back. */
export default mergeConfig(
  database,
  defineConfig({
    test: {
      include: ["test/commands/**/*.test.ts", "test/log/**/*.test.ts"],
      // They start whole services and processes, which have no mutant in them, or wait for seconds.
      exclude: ["test/commands/{races,roles}.test.ts"],
    },
  }),
);
