import type { Logger } from "pino";
import { sweepOutbox, type SweepOutboxDeps, type SweepOutboxOptions } from "./sweepOutbox.ts";

export interface OutboxSweeperDeps extends SweepOutboxDeps {
  readonly wake: () => void;
  readonly log: Pick<Logger, "info" | "error">;
}

/** Sweeps once, resolves, and goes on sweeping with intervalMs of rest in between. */
export async function startOutboxSweeper(
  deps: OutboxSweeperDeps,
  options: SweepOutboxOptions & { readonly intervalMs: number },
): Promise<{ stop: () => Promise<void> }> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay = run();
  await underWay;

  async function run(): Promise<void> {
    try {
      const sent = await sweepOutbox(deps, options);
      if (sent > 0) {
        deps.log.info({ sent }, "sent jobs for commands that were overdue while none waited for them");
        deps.wake();
      }
    } catch (error) {
      deps.log.error({ err: error }, "sweep of commands failed; tried again at the next interval");
    }
    if (!stopped) timer = setTimeout(again, options.intervalMs).unref();
  }

  function again(): void {
    underWay = run();
  }

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
