/** Attempts that a command has before it fails for good, and again after each redrive. */
export const MAX_ATTEMPTS = 5;

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

/** How long to wait after the nth failed attempt (from 1), in ms: 1 s, 2 s, 4 s .. with up to half of it taken off. */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return Math.round(longest * (1 - random() / 2));
}
