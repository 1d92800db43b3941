import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import { notify, STAMP_CHANNEL } from "./notify.sql.ts";
import { BUSY_FOR_MS } from "./startLoop.ts";

export interface WakeStamperDeps {
  readonly prisma: Pick<PrismaClient, "$queryRaw">;
  readonly log: Pick<Logger, "warn">;
  /** The stamper of this process, if it has one: woken without a round trip. */
  readonly wakeOwn?: (() => void) | undefined;
}

/** A stamper that was woken looks often for twice as long, so it needs no second call meanwhile. */
const INTERVAL_MS = BUSY_FOR_MS / 2;

/**
 * Returns the function to call after a commit that wrote events: it ends the rest of idle stampers. It may be
 * called for every edit; a call that is lost costs a quarter of a second.
 */
export function createWakeStamper(deps: WakeStamperDeps): () => void {
  let quietUntil = 0;
  return () => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + INTERVAL_MS;
    if (deps.wakeOwn) return deps.wakeOwn();
    notify(deps.prisma, STAMP_CHANNEL, "").catch((error: unknown) =>
      deps.log.warn({ err: error }, "stampers were not woken; they look by themselves"),
    );
  };
}
