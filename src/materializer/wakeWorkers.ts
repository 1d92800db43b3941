import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import { notifyWorkers } from "./notifyWorkers.sql.ts";

export interface WakeDeps {
  readonly prisma: Pick<PrismaClient, "$queryRaw">;
  readonly log: Pick<Logger, "warn">;
  /** Which workers to wake. Default: those that materialize. */
  readonly channel?: string;
}

/**
 * At most this often: a commit that notifies takes a lock of the whole cluster, and notifying in each of them
 * took 8 clients from 11,200 to 1,800 commits/s.
 */
const SHORTEST_INTERVAL_MS = 20;

/**
 * For a process without a worker: returns the function to call after a commit that sent jobs. It wakes the
 * workers of other processes; calls that come close together make one notification. A lost one costs half a
 * second, the time after which a worker looks by itself.
 */
export function createWakeWorkers(deps: WakeDeps): () => void {
  let asked = false;
  let busy = false;

  async function notifyWhileAsked(): Promise<void> {
    busy = true;
    while (asked) {
      asked = false;
      await notifyWorkers(deps.prisma, deps.channel).catch((error: unknown) =>
        deps.log.warn({ err: error }, "workers were not woken; they look by themselves"),
      );
      await delay(SHORTEST_INTERVAL_MS, undefined, { ref: false });
    }
    busy = false;
  }

  return () => {
    asked = true;
    if (!busy) void notifyWhileAsked();
  };
}
