/** Where jobs go that failed for good. */
export const DEAD_QUEUES = ["materialize.failed", "commands.failed"] as const;
