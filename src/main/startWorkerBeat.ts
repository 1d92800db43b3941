import type { Logger } from "pino";
import { readBacklog } from "../db/backlog.sql.ts";
import { startHeartbeat } from "../db/heartbeat.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import type { ProcessFigure, SystemFigure } from "../http/metricsOfBeats.ts";
import type { Worker } from "../materializer/startWorker.ts";
import type { Config } from "./config.ts";

interface WorkerBeatDeps {
  readonly prisma: Pick<PrismaClient, "processHeartbeat" | "$queryRaw">;
  readonly worker: Pick<Worker, "materialized">;
  readonly now: () => Date;
  readonly log: Pick<Logger, "warn">;
}

/**
 * Says that the worker of this process is alive, how fast it is, and what waits over all tenants: an API process may
 * not look past the tenant of a request, so it tells Prometheus what the workers say here.
 */
export async function startWorkerBeat(
  deps: WorkerBeatDeps,
  config: Pick<Config, "HEARTBEAT_SECONDS">,
): Promise<{ stop: () => Promise<void> }> {
  const perSecond = createRate(deps.worker.materialized);
  return startHeartbeat(deps, {
    part: "worker",
    intervalMs: config.HEARTBEAT_SECONDS * 1_000,
    figures: async (): Promise<Record<SystemFigure | ProcessFigure, number>> => ({
      ...(await readBacklog(deps.prisma)),
      materializations_per_second: perSecond(),
    }),
  });
}

/** Returns how fast a count has grown since the last call. */
function createRate(count: () => number): () => number {
  let before = { count: count(), atMs: performance.now() };
  return () => {
    const now = { count: count(), atMs: performance.now() };
    const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1_000);
    const rate = (now.count - before.count) / seconds;
    before = now;
    return Math.round(rate * 100) / 100;
  };
}
