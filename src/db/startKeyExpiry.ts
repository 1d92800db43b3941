import type { Logger } from "pino";
import type { PrismaClient } from "./generated/client.ts";
import { openJobs } from "./openJobs.ts";
import { KEY_EXPIRY_QUEUE } from "./queues.ts";

export interface KeyExpiryDeps {
  readonly prisma: Pick<PrismaClient, "idempotencyKey">;
  /** For pg-boss's own connections; in the role script_worker, as prisma. */
  readonly databaseUrl: string;
  readonly now: () => Date;
  readonly log: Pick<Logger, "debug" | "error" | "warn">;
}

/** Every ten minutes. Nothing waits for it: a key is good for nothing once its time is over, deleted or not. */
const SCHEDULE = "*/10 * * * *";
/** Rows of one transaction. */
const BATCH = 1_000;

/**
 * Deletes idempotency keys and their answers when their time is over, by a job that pg-boss sends on a schedule: one
 * for all processes.
 */
export async function startKeyExpiry(deps: KeyExpiryDeps): Promise<{ stop: () => Promise<void> }> {
  // The materializer's instance looks after the job tables.
  const boss = await openJobs({
    url: deps.databaseUrl,
    role: "script_worker",
    applicationName: "script-worker-schedule",
    poolSize: 2,
    schedules: true,
    log: deps.log,
  });
  await boss.work(KEY_EXPIRY_QUEUE, { pollingIntervalSeconds: 5 }, async () => {
    const deleted = await deleteExpiredKeys(deps);
    deps.log.debug({ deleted }, "deleted idempotency keys");
  });
  await boss.schedule(KEY_EXPIRY_QUEUE, SCHEDULE);
  return {
    stop: async () => {
      await boss.offWork(KEY_EXPIRY_QUEUE, { wait: true });
      await boss.stop({ graceful: false });
    },
  };
}

async function deleteExpiredKeys(deps: Pick<KeyExpiryDeps, "prisma" | "now">): Promise<number> {
  const where = { expiresAt: { lte: deps.now() } };
  for (let deleted = 0; ;) {
    const { count } = await deps.prisma.idempotencyKey.deleteMany({ where, limit: BATCH });
    deleted += count;
    if (count < BATCH) return deleted;
  }
}
