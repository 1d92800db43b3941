import type { Logger } from "pino";
import { repeat, type Repeated } from "../db/repeat.ts";
import { sweepOutbox, type SweepOutboxDeps, type SweepOutboxOptions } from "./sweepOutbox.ts";

export interface OutboxSweeperDeps extends SweepOutboxDeps {
  readonly wake: () => void;
  readonly log: Pick<Logger, "info" | "error">;
}

/** Sweeps once, resolves, and goes on sweeping with intervalMs of rest in between. */
export async function startOutboxSweeper(
  deps: OutboxSweeperDeps,
  options: SweepOutboxOptions & { readonly intervalMs: number },
): Promise<Repeated> {
  const { log, wake } = deps;
  const message = "sweep of commands failed; tried again at the next interval";
  const repeated = repeat(
    async () => {
      const sent = await sweepOutbox(deps, options);
      if (sent === 0) return;
      log.info({ sent }, "sent jobs for commands that were overdue while none waited for them");
      wake();
    },
    { ...options, onError: (error) => log.error({ err: error }, message) },
  );
  await repeated.first;
  return repeated;
}
