import type { LegacyTime } from "./legacyRows.ts";
import { find } from "./reasons.ts";
import type { Problems } from "./reasons.ts";
import type { LegacyTable } from "./legacyRows.ts";

/** Largest distance from 1970 that a Date can hold. */
const LATEST_DATE_MS = 8.64e15;

/** A time as clients see it: ISO 8601; null when no Date can hold it. */
export function toIsoTime(time: LegacyTime | null): string | null {
  if (time === null || time.endsWith("infinity")) return null;
  const ms = Number(time);
  return Math.abs(ms) <= LATEST_DATE_MS ? new Date(ms).toISOString() : null;
}

export interface TimedRow {
  readonly legacyTable: LegacyTable;
  readonly legacyId: string;
  readonly time: LegacyTime;
}

/**
 * The time of a row in milliseconds, made fit for a log: not before `earliest`, not after `asOf`. A time in the
 * future would be worse than a wrong one: no later edit of the script could have an earlier time.
 */
export function repairTime(
  problems: Problems,
  { legacyTable, legacyId, time }: TimedRow,
  { earliest, asOf }: { readonly earliest: number; readonly asOf: number },
): number {
  if (time.endsWith("infinity")) {
    find(problems, "time_not_finite", legacyTable, legacyId, `It was ${time}.`);
    return earliest;
  }
  const ms = Number(time);
  if (ms < 0 || ms > asOf) {
    find(problems, "time_out_of_range", legacyTable, legacyId, `It was ${time} ms since 1970.`);
    return earliest;
  }
  if (ms >= earliest) return ms;
  find(problems, "time_went_back", legacyTable, legacyId, `It was ${toIsoTime(time)}.`);
  return earliest;
}
