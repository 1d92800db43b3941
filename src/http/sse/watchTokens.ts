import type { Logger } from "pino";
import { startLoop, warnNowAndThen, type Loop } from "../../events/startLoop.ts";
import type { EventStreams, StreamOwner } from "./eventStreams.ts";

/**
 * Looks now and then whether tokens of open streams were revoked, all of them at once, and ends the streams of those
 * that were: a stream is authorized when it is opened, and may be open for an hour.
 */
export function watchTokens(
  deps: {
    readonly streams: Pick<EventStreams, "owners" | "revoke">;
    readonly findRevoked: (owners: readonly StreamOwner[]) => Promise<readonly StreamOwner[]>;
    readonly log: Pick<Logger, "warn">;
  },
  intervalMs: number,
): Pick<Loop, "stop"> {
  const { streams, findRevoked, log } = deps;
  return startLoop({
    look: async () => {
      const owners = streams.owners();
      if (owners.length > 0) for (const owner of await findRevoked(owners)) streams.revoke(owner);
      return false;
    },
    busyMs: intervalMs,
    idleMs: intervalMs,
    onError: warnNowAndThen(
      log,
      "tokens of open event streams were not looked up; the next look tries again",
    ),
  });
}
