import type { Prisma } from "../db/generated/client.ts";

/** Channel on which stampers tell the hubs of API processes how far the feed goes. The feed is the truth. */
export const FEED_CHANNEL = "scripts_feed";

/** Channel on which API processes tell stampers that events were written. The tables are the truth. */
export const STAMP_CHANNEL = "scripts_stamp";

/** Sends a hint when the transaction commits; at most 7,999 bytes. */
export async function notify(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  channel: string,
  payload: string,
): Promise<void> {
  await tx.$queryRaw`select pg_notify(${channel}, ${payload})::text`;
}
