import { defineConfig } from "vitest/config";

/** The tests that CI runs again for each mutant of the core. None needs a database; all of them take 0.2 s. */
export default defineConfig({
  // Apart from that of the whole suite, which remembers how long each file took.
  cacheDir: "node_modules/.vite/mutation",
  test: {
    include: [
      "test/commands/toAppendRequest.test.ts",
      "test/log/{chainHash,groupCommit,streamCache}.test.ts",
      "test/materializer/{baseCache,planEvents,planMaterialization,planUpToFailure}.test.ts",
      "test/scripts/{decideBatch,replay,snapshot,toJsonPatch}.test.ts",
      "test/scripts/commands/{details,variables,versions}.test.ts",
    ],
    // These tests leave nothing behind: loading the source once per mutant, not once per file, halves the time.
    isolate: false,
    // A mutant that hangs is found by waiting this long; all of them together need 0.2 s.
    testTimeout: 3_000,
  },
});
