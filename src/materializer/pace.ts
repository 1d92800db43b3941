import type { ScriptKey } from "../log/logRow.ts";

/** A script rests this many times as long as its last run took: it gets a tenth of the time of one loop. */
const REST_PER_RUN = 9;
const LONGEST_REST_MS = 200;
/** Rests end together, once in this time, so that those who have rested share their transactions. */
const ROUND_MS = 100;

/**
 * Lets a script that is edited all the time rest between two runs. The edits gather meanwhile and are taken
 * together, and those who edit it find its stream row free: each run locks it for some milliseconds, and 32
 * writers on one script fell from 2,300 to 320 edits/s when it was materialized without a break.
 *
 * A script that was left alone for a moment is never held up.
 */
export class Pace {
  readonly #restsUntil = new Map<string, number>();

  /** The end of the script's rest, by performance.now(); 0 when it has rested. */
  restsUntil(key: ScriptKey): number {
    const until = this.#restsUntil.get(nameOf(key)) ?? 0;
    return until > performance.now() ? until : 0;
  }

  /** Takes note that a run of the script has just ended. */
  ended(key: ScriptKey, runMs: number): void {
    const now = performance.now();
    if (this.#restsUntil.size > 10_000) this.#forgetRested(now);
    const until = now + Math.min(runMs * REST_PER_RUN, LONGEST_REST_MS);
    this.#restsUntil.set(nameOf(key), Math.ceil(until / ROUND_MS) * ROUND_MS);
  }

  #forgetRested(now: number): void {
    for (const [name, until] of this.#restsUntil) if (until < now) this.#restsUntil.delete(name);
  }
}

function nameOf(key: ScriptKey): string {
  return JSON.stringify([key.tenantId, key.scriptId]);
}
