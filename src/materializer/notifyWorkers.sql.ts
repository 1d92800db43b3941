import type { PrismaClient } from "../db/generated/client.ts";

/** Channel on which API processes tell workers that jobs are waiting. The payload is empty: the queue is the truth. */
export const WAKE_CHANNEL = "scripts_materialize";

/** Wakes the workers of all processes, in a transaction of its own. Default: those that materialize. */
export async function notifyWorkers(
  prisma: Pick<PrismaClient, "$queryRaw">,
  channel: string = WAKE_CHANNEL,
): Promise<void> {
  await prisma.$queryRaw`select pg_notify(${channel}, '')::text`;
}
