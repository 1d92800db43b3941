import type { Prisma } from "../../src/db/generated/client.ts";
import type { MoveSettings, RowKey } from "./definition.ts";

/** A unit before its first row is compared. */
export const UNVERIFIED = { verifyCursor: [], verifiedRows: 0, differingRows: 0, verifiedAt: null };

/** A stored key; none and an empty one are the place before the first row. */
export function keyOf(stored: Prisma.JsonValue): RowKey | null {
  const key = stored as RowKey | null;
  return key && key.length > 0 ? key : null;
}

/** What every row of a move is prepared with, once its tables were frozen. */
export function settingsOf(move: {
  readonly frozenAt: Date | null;
  readonly options: Prisma.JsonValue;
}): MoveSettings {
  return { asOf: move.frozenAt!, options: move.options as Record<string, string> };
}
