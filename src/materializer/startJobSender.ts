import type { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import { openJobs } from "../db/openJobs.ts";

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
  readonly log: Pick<Logger, "error" | "warn">;
}): Promise<JobSender> {
  const boss = await openJobs({
    url: deps.databaseUrl,
    role: "script_api",
    applicationName: "script-api-queue",
    poolSize: 1,
    log: deps.log,
  });
  return { boss, stop: () => boss.stop({ graceful: false }) };
}
