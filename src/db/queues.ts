import type { Queue } from "pg-boss";

/** Schema of the job tables. */
export const JOBS_SCHEMA = "pgboss";

/** Deletes idempotency keys whose time is over; sent by a schedule. */
export const KEY_EXPIRY_QUEUE = "idempotency.expiry";

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
  {
    name: "commands.failed",
    policy: "standard",
    retryLimit: 0,
    // The row in CommandOutbox stays, and says why; a redrive takes the job away.
    retentionSeconds: 30 * 24 * 3600,
    deleteAfterSeconds: 7 * 24 * 3600,
  },
  {
    name: "commands",
    policy: "standard",
    deadLetter: "commands.failed",
    // Only a worker that died sends a job through these: an attempt that fails completes its job and sends the
    // next one itself. One more than a command has attempts, so that the last one finds them used up.
    retryLimit: 6,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    // Beyond the time that a handler has; a job whose worker still works is run twice, and the second attempt
    // takes the row away from the first.
    expireInSeconds: 120,
    // A dead worker is noticed by this, long before the job expires.
    heartbeatSeconds: 15,
    deleteAfterSeconds: 2 * 3600,
  },
  {
    // Each job is one batch of a move of legacy data and sends the next one.
    name: "backfill",
    policy: "standard",
    retryLimit: 10,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    expireInSeconds: 300,
    // A dead worker is noticed by this, long before the job expires.
    heartbeatSeconds: 15,
    deleteAfterSeconds: 2 * 3600,
  },
  {
    name: KEY_EXPIRY_QUEUE,
    policy: "standard",
    retryLimit: 2,
    retryDelay: 10,
    expireInSeconds: 600,
    // The next one comes before anybody would miss it.
    retentionSeconds: 3600,
    deleteAfterSeconds: 2 * 3600,
  },
];
