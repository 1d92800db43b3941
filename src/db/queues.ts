import type { Queue } from "pg-boss";

/** Schema of the job tables. */
export const JOBS_SCHEMA = "pgboss";

/**
 * The queues of the service, a dead letter queue before the queue that names it.
 *
 * "materialize" is standard and not stately: a job is sent only when none is due for its script, under the
 * lock of the script's stream row, so the queue has nothing to deduplicate. A second job in flight finds
 * nothing left to do. stately would also send a job's second failure straight to "failed", without a retry.
 */
export const QUEUES: readonly Queue[] = [
  {
    name: "materialize.failed",
    policy: "standard",
    retryLimit: 0,
    // A week for an operator to look; the stream row says the same and stays.
    retentionSeconds: 7 * 24 * 3600,
    deleteAfterSeconds: 7 * 24 * 3600,
  },
  {
    name: "materialize",
    policy: "standard",
    deadLetter: "materialize.failed",
    retryLimit: 3,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    // Far above the worst case (a replay of 50,000 commands takes seconds): a job that expires while it
    // runs is run twice.
    expireInSeconds: 600,
    // Completed jobs are of no use, and a table of a million of them makes every fetch slower.
    deleteAfterSeconds: 2 * 3600,
  },
];
