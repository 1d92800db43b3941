import { Client } from "pg";
import { PgBoss, type Queue } from "pg-boss";
import { JOBS_SCHEMA, QUEUES } from "./queues.ts";
import { withMigrationLock } from "./withMigrationLock.ts";

/**
 * Creates or migrates the job tables and queues, as the owner of the database, and grants the runtime roles
 * what they need: script_api sends jobs, script_worker runs everything, script_operator looks and sends back.
 *
 * The runtime processes then start pg-boss with `migrate: false, createSchema: false`.
 */
export async function installJobs(input: { readonly url: string }): Promise<void> {
  await withMigrationLock(input.url, async () => {
    await installQueues(input.url);
    await grantJobs(input.url);
  });
}

async function installQueues(url: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: url,
    schema: JOBS_SCHEMA,
    application_name: "script-migrate-jobs",
    max: 2,
    supervise: false,
    schedule: false,
  });
  // Without a listener an error event would end the process; the calls below reject by themselves.
  boss.on("error", () => undefined);
  await boss.start();
  try {
    for (const queue of QUEUES) await installQueue(boss, queue);
  } finally {
    await boss.stop({ graceful: false });
  }
}

async function installQueue(boss: PgBoss, queue: Queue): Promise<void> {
  if (await boss.getQueue(queue.name)) {
    // The policy of a queue is fixed when it is created.
    const { name, policy: _fixed, ...options } = queue;
    await boss.updateQueue(name, options);
  } else {
    await boss.createQueue(queue.name, queue);
  }
}

async function grantJobs(url: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: "script-migrate-jobs" });
  await client.connect();
  try {
    await client.query(GRANTS);
  } finally {
    await client.end();
  }
}

// A job goes through its queue's own partition (job_common) and not through the parent table. RETURNING id
// needs SELECT. The worker's maintenance deletes and updates everywhere and reads its statistics.
// Not granted: CREATE on the schema and ownership of the tables, so the worker reports a bloated job index
// instead of rebuilding it.
const GRANTS = `
  grant usage on schema ${JOBS_SCHEMA} to script_api, script_worker;
  grant select on ${JOBS_SCHEMA}.version, ${JOBS_SCHEMA}.queue to script_api;
  grant select, insert on ${JOBS_SCHEMA}.job, ${JOBS_SCHEMA}.job_common to script_api;
  grant select, insert, update, delete on all tables in schema ${JOBS_SCHEMA} to script_worker;
  grant execute on all functions in schema ${JOBS_SCHEMA} to script_worker;
  grant usage on schema ${JOBS_SCHEMA} to script_operator;
  grant select, insert, update, delete on all tables in schema ${JOBS_SCHEMA} to script_operator;
  grant execute on all functions in schema ${JOBS_SCHEMA} to script_operator`;
