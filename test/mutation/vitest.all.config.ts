import { defineConfig, mergeConfig } from "vitest/config";
import core from "./vitest.config.ts";

/** Every test of src/scripts, for a run over all of it. */
export default mergeConfig(
  core,
  defineConfig({
    test: {
      include: ["test/kernel/**/*.test.ts", "test/scripts/**/*.test.ts"],
      setupFiles: ["test/mutation/sameExamples.ts"],
      // 20 random games instead of 400: a mutant that only rare games kill is worth an example of its own.
      env: { FC_RUNS: "20" },
    },
  }),
);
