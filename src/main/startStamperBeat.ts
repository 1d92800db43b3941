import { startHeartbeat, type HeartbeatDeps } from "../db/heartbeat.ts";
import type { Config } from "./config.ts";

export interface StamperBeat {
  /** To be called after each look for events that did not fail. */
  readonly onLook: () => void;
  stop(): Promise<void>;
}

/** Longest rest of a stamper between two looks, many times over, in ms. */
const STUCK_MS = 10_000;

/** Says that the stamper of this process is alive, as long as it goes on looking for events. */
export async function startStamperBeat(
  deps: HeartbeatDeps,
  config: Pick<Config, "HEARTBEAT_SECONDS">,
): Promise<StamperBeat> {
  let lookedMs = performance.now();
  const beat = await startHeartbeat(deps, {
    part: "stamper",
    intervalMs: config.HEARTBEAT_SECONDS * 1_000,
    figures: async () => {
      const silentMs = performance.now() - lookedMs;
      if (silentMs > STUCK_MS)
        throw new Error(`The stamper has not looked for events for ${Math.round(silentMs / 1_000)} s.`);
      return {};
    },
  });
  return {
    onLook: () => {
      lookedMs = performance.now();
    },
    stop: beat.stop,
  };
}
