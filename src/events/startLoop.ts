import type { Logger } from "pino";

export interface Loop {
  /** Looks now and not at the end of the pause. */
  readonly wake: () => void;
  /** Waits for the look that is under way. */
  stop(): Promise<void>;
}

export interface LoopInput {
  /** One look; true when there was something to do. */
  readonly look: () => Promise<boolean>;
  /** Pause after a look, for a time after something was found. */
  readonly busyMs: number;
  /** Pause when nothing was found for a while, and after an error. */
  readonly idleMs: number;
  readonly onError: (error: unknown) => void;
}

/** How long after the last find looks come quickly. */
export const BUSY_FOR_MS = 1_000;

/**
 * Looks again and again, often while there is something to do. It rests on no wake-up: one that is lost costs
 * idleMs.
 */
export function startLoop(input: LoopInput): Loop {
  const stopping = new AbortController();
  let woken = false;
  let endPause: () => void = () => undefined;

  async function pause(ms: number): Promise<void> {
    if (woken || stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    let busyUntil = 0;
    while (!stopping.signal.aborted) {
      woken = false;
      try {
        if (await input.look()) busyUntil = performance.now() + BUSY_FOR_MS;
        await pause(performance.now() < busyUntil ? input.busyMs : input.idleMs);
      } catch (error) {
        input.onError(error);
        woken = false;
        await pause(input.idleMs);
      }
    }
  }

  const ended = run();
  return {
    wake: () => {
      woken = true;
      endPause();
    },
    stop: async () => {
      stopping.abort();
      endPause();
      await ended;
    },
  };
}

/** Says in the log that looks fail, at most every ten seconds. */
export function warnNowAndThen(log: Pick<Logger, "warn">, message: string): (error: unknown) => void {
  let silentUntil = 0;
  return (error) => {
    if (performance.now() < silentUntil) return;
    silentUntil = performance.now() + 10_000;
    log.warn({ err: error }, message);
  };
}
