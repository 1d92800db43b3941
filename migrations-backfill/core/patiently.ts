import { setTimeout as delay } from "node:timers/promises";
import { kindOfFailure } from "./databaseErrors.ts";

/** Attempts at what only a busy or absent database keeps from being done; they take about a minute and a half. */
const ATTEMPTS = 12;
const MOST_MS = 10_000;

/** Does it again, later and later, while the database has no time for it; any other error is thrown at once. */
export async function patiently<T>(
  work: () => Promise<T>,
  onWait: (error: unknown) => void = () => undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work();
    } catch (error) {
      if (kindOfFailure(error) === "lasting" || attempt === ATTEMPTS) throw error;
      onWait(error);
      await delay(Math.min(MOST_MS, 100 * 2 ** attempt));
    }
}
