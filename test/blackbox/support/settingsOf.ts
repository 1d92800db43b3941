import type { TestDatabase } from "../../support/testDatabase.ts";
import type { ProcessSettings } from "../../support/startProcess.ts";

/** Settings of a process on a test's own database, which is migrated, in development mode. */
export function settingsOf(database: TestDatabase): ProcessSettings {
  return {
    MODE: "development",
    DATABASE_URL: database.ownerUrl,
    API_DATABASE_URL: database.apiUrl,
    WORKER_DATABASE_URL: database.workerUrl,
    MIGRATE: "false",
    HEARTBEAT_SECONDS: "1",
    STREAM_HEARTBEAT_SECONDS: "1",
    SWEEP_INTERVAL_SECONDS: "1",
  };
}

/** Who sends the requests of these tests. */
export const ADA = {
  authorization: "Bearer dev-token",
  "x-tenant-id": "t1",
  "x-actor-id": "ada",
  "x-actor-type": "USER",
};
