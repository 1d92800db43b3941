import type { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import { openJobs } from "../db/openJobs.ts";

/** Starts the job queue of a worker of commands, in the role script_worker. Whoever starts it stops it. */
export function startOutboxBoss(deps: {
  readonly databaseUrl: string;
  readonly log: Pick<Logger, "error" | "warn">;
}): Promise<PgBoss> {
  return openJobs({
    url: deps.databaseUrl,
    role: "script_worker",
    applicationName: "script-outbox-queue",
    poolSize: 4,
    supervises: true,
    log: deps.log,
  });
}
