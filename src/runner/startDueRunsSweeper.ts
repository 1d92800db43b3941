import type { Logger } from "pino";
import { repeat, type Repeated } from "../db/repeat.ts";
import { moveDueRuns, type DueRunsDeps } from "./moveDueRuns.ts";

/**
 * Moves runs on that are due, with intervalMs of rest in between. A long walk goes one piece further each time: a script
 * that walks for ever on costly conditions must not keep the worker from everything else.
 */
export function startDueRunsSweeper(
  deps: DueRunsDeps & { readonly log: Pick<Logger, "info" | "error"> },
  intervalMs: number,
): Pick<Repeated, "stop"> {
  const { log } = deps;
  const message = "looking for runs that are due failed; tried again at the next interval";
  return repeat(
    async () => {
      const moved = await moveDueRuns(deps);
      if (moved > 0) log.info({ moved }, "moved runs on that were due");
    },
    { intervalMs, onError: (error) => log.error({ err: error }, message) },
  );
}
