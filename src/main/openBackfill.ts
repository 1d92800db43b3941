import type { Logger } from "pino";
import { startBackfillWorker } from "../../migrations-backfill/core/startBackfillWorker.ts";
import { DEFINITIONS } from "../../migrations-backfill/definitions.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import { openJobs } from "../db/openJobs.ts";
import { sendMaterializeJobs } from "../materializer/sendMaterializeJobs.ts";
import type { Store } from "./openStore.ts";

/** The worker's part in moves of legacy data: the batches of those that an operator has started with --queue. */
export async function openBackfill(
  deps: { readonly prisma: PrismaClient; readonly log: Logger },
  store: Pick<Store, "workerUrl">,
): Promise<{ stop(): Promise<void> }> {
  const { prisma, log } = deps;
  const boss = await openJobs({
    url: store.workerUrl,
    role: "script_worker",
    applicationName: "script-backfill-queue",
    poolSize: 1,
    log,
  });
  const worker = await startBackfillWorker(
    {
      prisma,
      boss,
      sendJobs: (tx, scripts) => sendMaterializeJobs(boss, tx, scripts),
      now: () => new Date(),
      log,
    },
    DEFINITIONS,
  );
  return {
    stop: async () => {
      await worker.stop();
      await boss.stop({ graceful: false });
    },
  };
}
