import type { Logger } from "pino";
import { EventHub, type HubDeps } from "./eventHub.ts";
import { FEED_CHANNEL } from "./notify.sql.ts";
import { startListener } from "../db/startListener.ts";
import { startLoop, warnNowAndThen } from "./startLoop.ts";

export interface RunningHub {
  readonly hub: EventHub;
  stop(): Promise<void>;
}

/** Only when the stampers' word does not come through: with it, a look finds nothing new. */
const BUSY_MS = 25;
const IDLE_MS = 250;

/** Starts following the feed: by what stampers say, and by looking, which is the truth. */
export function startEventHub(
  deps: HubDeps & { readonly databaseUrl: string; readonly log: Pick<Logger, "warn"> },
): RunningHub {
  const hub = new EventHub(deps);
  const loop = startLoop({
    look: () => hub.look(),
    busyMs: BUSY_MS,
    idleMs: IDLE_MS,
    onError: warnNowAndThen(deps.log, "the feed's head could not be read; the next look tries again"),
  });
  const listener = startListener(
    { ...deps, role: "script_api" },
    { channel: FEED_CHANNEL, onNotify: (payload) => hub.hear(payload), onConnect: loop.wake },
  );
  return {
    hub,
    stop: async () => {
      await Promise.all([listener.stop(), loop.stop()]);
    },
  };
}
