import { defineConfig, mergeConfig } from "vitest/config";
import database from "./databaseTests.ts";

/** The tests of the way from the log into versions, audit rows and events. */
export default mergeConfig(
  database,
  defineConfig({
    test: {
      include: [
        "test/materializer/{planMaterialization,planUpToFailure,tables,materialize,versionEvents,drafts,races}.test.ts",
      ],
    },
  }),
);
