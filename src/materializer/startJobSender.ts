import { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import { urlAsRole } from "../db/connectionUrl.ts";
import { JOBS_SCHEMA } from "../db/queues.ts";

/** Sends jobs inside the caller's transactions; takes none. */
export interface JobSender {
  readonly boss: PgBoss;
  stop(): Promise<void>;
}

/**
 * Starts pg-boss for a process of the role script_api. It reads the queues' settings on a connection of its
 * own, once a minute; jobs go through the transaction that is given with them.
 */
export async function startJobSender(deps: {
  readonly databaseUrl: string;
  readonly log: Pick<Logger, "error">;
}): Promise<JobSender> {
  const boss = new PgBoss({
    connectionString: urlAsRole(deps.databaseUrl, "script_api"),
    schema: JOBS_SCHEMA,
    application_name: "script-api-queue",
    max: 1,
    migrate: false,
    createSchema: false,
    supervise: false,
    schedule: false,
  });
  boss.on("error", (error) => deps.log.error({ err: error }, "job queue"));
  await boss.start();
  return { boss, stop: () => boss.stop({ graceful: false }) };
}
