import type { Logger } from "pino";
import { STAMP_CHANNEL } from "./notify.sql.ts";
import { stampEvents, type StampDeps } from "./stampEvents.ts";
import { startListener } from "../db/startListener.ts";
import { startLoop, warnNowAndThen } from "./startLoop.ts";

export interface StamperDeps extends StampDeps {
  /** For the connection that listens; in the role script_worker, as prisma. */
  readonly databaseUrl: string;
  readonly log: Pick<Logger, "warn">;
  /** Called after each look that did not fail, for whoever watches over the stamper. */
  readonly onLook?: () => void;
}

export interface Stamper {
  /** Makes it look now. To be called after a commit that wrote events. */
  readonly wake: () => void;
  stop(): Promise<void>;
}

/** Events of one transaction: it holds the head row for some milliseconds. */
const PAGE = 500;
/**
 * While events come it looks this often, so nobody has to tell it of each: a NOTIFY per edit took 8 clients from
 * 11,200 to 1,800 commits/s.
 */
const BUSY_MS = 20;
const IDLE_MS = 250;

/** Starts giving out positions of the feed, until it is stopped. Any number of processes may. */
export function startStamper(deps: StamperDeps): Stamper {
  const loop = startLoop({
    look: async () => {
      const stamped = await stampEvents(deps, PAGE);
      deps.onLook?.();
      // There may be more: without a pause, and yet one look after the other, so that a long backlog neither looks
      // like a stamper that is stuck nor holds up a stop.
      if (stamped === PAGE) loop.wake();
      return stamped > 0;
    },
    busyMs: BUSY_MS,
    idleMs: IDLE_MS,
    onError: warnNowAndThen(deps.log, "events were not stamped; they wait for the next look"),
  });
  const listener = startListener(
    { ...deps, role: "script_worker" },
    { channel: STAMP_CHANNEL, onNotify: loop.wake, onConnect: loop.wake },
  );
  return {
    wake: loop.wake,
    stop: async () => {
      await Promise.all([listener.stop(), loop.stop()]);
    },
  };
}
