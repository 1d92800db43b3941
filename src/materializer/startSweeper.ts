import type { Logger } from "pino";
import { repeat, type Repeated } from "../db/repeat.ts";
import { sweep, type SweepDeps } from "./sweep.ts";

export interface SweeperDeps extends SweepDeps {
  readonly wake: () => void;
  readonly log: Pick<Logger, "info" | "error">;
}

/**
 * Sweeps once, resolves, and goes on sweeping with intervalMs of rest in between.
 *
 * Each worker process has its own timer. A job scheduled in the queue would sweep once for all of them, but
 * the sweeper is there for the time when the queue has lost something, and a sweep is one read of a small table.
 */
export async function startSweeper(deps: SweeperDeps, intervalMs: number): Promise<Repeated> {
  const { log, wake } = deps;
  // The first time also those that failed a moment ago: this process may run newer code.
  let failedToo = true;
  const repeated = repeat(
    async () => {
      const found = await sweep(deps, { failedToo });
      failedToo = false;
      if (found === 0) return;
      log.info({ found }, "sent jobs for scripts that were behind while none waited for them");
      wake();
    },
    {
      intervalMs,
      onError: (error) => log.error({ err: error }, "sweep failed; tried again at the next interval"),
    },
  );
  await repeated.first;
  return repeated;
}
