import { defineConfig, mergeConfig } from "vitest/config";
import core from "./vitest.config.ts";
import { QuickFirst } from "./quickFirst.ts";

/** Every test of src/scripts, for a run over all of it. */
export default mergeConfig(
  core,
  defineConfig({
    test: {
      include: ["test/scripts/**/*.test.ts"],
      // Neither says more of a mutant than the games do: one starts processes, which have no mutant in them, and the
      // other plants faults of its own.
      exclude: ["test/scripts/{anotherProcess,golden}.test.ts"],
      setupFiles: ["test/mutation/sameExamples.ts"],
      sequence: { sequencer: QuickFirst },
      // 20 random games instead of 400: a mutant that only rare games kill is worth an example of its own.
      env: { FC_RUNS: "20" },
    },
  }),
);
