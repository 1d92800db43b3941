import { defineConfig } from "vitest/config";
import { QuickFirst } from "./quickFirst.ts";

/** What runs over the ways that need PostgreSQL have in common. */
export default defineConfig({
  cacheDir: "node_modules/.vite/mutation",
  test: {
    globalSetup: ["test/support/globalSetup.ts"],
    setupFiles: ["test/support/seedExamples.ts"],
    sequence: { sequencer: QuickFirst },
    isolate: false,
    testTimeout: 10_000,
    // A mutant is noticed by a test, not by what it leaves behind.
    env: { TEST_VERIFY: "0" },
  },
});
