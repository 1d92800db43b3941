import type { Logger } from "pino";
import { failOverdueActions, type OverdueDeps } from "./failOverdueActions.ts";

/** Looks for overdue actions now and then, with intervalMs of rest in between. */
export function startOverdueSweeper(
  deps: OverdueDeps & { readonly log: Pick<Logger, "info" | "error"> },
  intervalMs: number,
): { stop: () => Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay = run();

  async function run(): Promise<void> {
    try {
      const failed = await failOverdueActions(deps);
      if (failed > 0) deps.log.info({ failed }, "actions of runs did not come back in time");
    } catch (error) {
      deps.log.error({ err: error }, "looking for overdue actions failed; tried again at the next interval");
    }
    if (!stopped) timer = setTimeout(again, intervalMs).unref();
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
