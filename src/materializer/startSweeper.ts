import type { Logger } from "pino";
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
export async function startSweeper(
  deps: SweeperDeps,
  intervalMs: number,
): Promise<{ stop: () => Promise<void> }> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  // The first time also those that failed a moment ago: this process may run newer code.
  let underWay = run(true);
  await underWay;

  async function run(failedToo: boolean): Promise<void> {
    try {
      const found = await sweep(deps, { failedToo });
      if (found > 0) {
        deps.log.info({ found }, "sent jobs for scripts that were behind while none waited for them");
        deps.wake();
      }
    } catch (error) {
      deps.log.error({ err: error }, "sweep failed; tried again at the next interval");
    }
    if (!stopped) timer = setTimeout(again, intervalMs).unref();
  }

  function again(): void {
    underWay = run(false);
  }

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
