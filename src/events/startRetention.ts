import type { Logger } from "pino";
import { expireEvents, expireTickets, type ExpireDeps } from "./expireEvents.ts";
import { startLoop, warnNowAndThen, type Loop } from "./startLoop.ts";

export interface RetentionOptions {
  /** How long an event stays in the feed. */
  readonly keepMs: number;
  /** How often old ones are looked for. */
  readonly intervalMs: number;
}

/** Events of one transaction. */
const BATCH = 500;
/** Between two batches, so that stampers are not held up by a large backlog. */
const BETWEEN_BATCHES_MS = 100;

/**
 * Starts deleting events and tickets when they are old, until it is stopped. Several processes may: one that
 * finds a batch gone deletes nothing.
 */
export function startRetention(
  deps: ExpireDeps & { readonly now: () => Date; readonly log: Pick<Logger, "warn"> },
  { keepMs, intervalMs }: RetentionOptions,
): Pick<Loop, "stop"> {
  return startLoop({
    look: async () => {
      const now = deps.now();
      const expired = await expireEvents(deps, new Date(now.getTime() - keepMs), BATCH);
      if (expired === 0) await expireTickets(deps, now);
      return expired > 0;
    },
    busyMs: BETWEEN_BATCHES_MS,
    idleMs: intervalMs,
    onError: warnNowAndThen(deps.log, "old events were not deleted; the next look tries again"),
  });
}
