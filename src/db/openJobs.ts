import { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import { urlForJobs, type RuntimeRole } from "./connectionUrl.ts";
import { JOBS_SCHEMA } from "./queues.ts";

export interface OpenJobsInput {
  readonly url: string;
  readonly role: RuntimeRole;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Most connections of its own; jobs that are given a transaction go through that. */
  readonly poolSize: number;
  /** Puts jobs of dead workers back and deletes old ones. */
  readonly supervises?: boolean;
  /** Sends what is due by a schedule. */
  readonly schedules?: boolean;
  /** Without one errors are not told; the calls reject by themselves. */
  readonly log?: Pick<Logger, "error" | "warn">;
}

/** Starts pg-boss on the job tables that installJobs made. Whoever starts it stops it. */
export async function openJobs(input: OpenJobsInput): Promise<PgBoss> {
  const { log, applicationName } = input;
  const boss = new PgBoss({
    connectionString: urlForJobs(input.url, input.role),
    schema: JOBS_SCHEMA,
    application_name: applicationName,
    max: input.poolSize,
    migrate: false,
    createSchema: false,
    supervise: input.supervises ?? false,
    // The runtime roles do not own the tables, so they cannot rebuild their indexes.
    reindex: false,
    schedule: input.schedules ?? false,
  });
  // Without a listener an error event would end the process.
  boss.on("error", (error) => log?.error({ err: error, applicationName }, "job queue"));
  boss.on("warning", (warning) => log?.warn({ warning, applicationName }, "job queue"));
  await boss.start();
  return boss;
}
