import type { Backfill, Prisma } from "../../src/db/generated/client.ts";
import type { BatchDeps, Reach, Seen } from "./batch.ts";
import type { BackfillUnit, RowKey } from "./definition.ts";
import { findKnown, keepNewIds, moveRow, type RowOutcome } from "./moveRow.ts";
import { putIntoQuarantine } from "./quarantine.ts";
import { settingsOf } from "./unitState.ts";

/** When so many rows could not be moved at all, it is not the rows: somebody should look before it goes on. */
const MOST_FAILED = 20;

/** Moves the rows of a batch, but for one that failed before: that one goes into quarantine unread. */
export async function moveRows(
  deps: BatchDeps,
  tx: Prisma.TransactionClient,
  {
    move,
    unit,
    keys,
  }: { readonly move: Backfill; readonly unit: BackfillUnit; readonly keys: readonly RowKey[] },
  { skip }: Reach,
  seen: Seen,
): Promise<Record<RowOutcome, number>> {
  const tally = { written: 0, unchanged: 0, quarantined: 0, gone: 0 };
  const now = deps.now();
  const due: { tenantId: string; scriptId: string }[] = [];
  const context: Parameters<typeof moveRow>[0] = {
    tx,
    now,
    sendJobs: async (scripts) => void due.push(...scripts),
  };
  const { name: backfill, generation } = move;
  const known = await findKnown(tx, backfill, unit, keys);
  const newIds: Prisma.BackfillIdMapCreateManyInput[] = [];
  const place = { backfill, generation, unit, settings: settingsOf(move), known, newIds };
  for (const key of keys) {
    seen.key = key;
    if (skip && isSameKey(skip.key, key)) {
      const row = {
        legacyTable: unit.legacyTable,
        legacyId: key.at(-1)!,
        code: "row_failed",
        message: `The row cannot be moved: ${skip.message}`,
      };
      await putIntoQuarantine(tx, { backfill, generation, unit: unit.name, key }, [row], now);
      tally.quarantined++;
    } else tally[await moveRow(context, place, key)]++;
    await deps.pause?.("row_written");
  }
  seen.isPastRows = true;
  if (skip) await pauseWhenTooManyFail(deps, tx, move);
  await keepNewIds(tx, newIds);
  if (due.length > 0) await deps.sendJobs(tx, due);
  return tally;
}

function isSameKey(one: RowKey, other: RowKey): boolean {
  return one.length === other.length && one.every((part, place) => part === other[place]);
}

async function pauseWhenTooManyFail(
  deps: BatchDeps,
  tx: Prisma.TransactionClient,
  { name, generation }: Backfill,
): Promise<void> {
  const failed = await tx.backfillQuarantine.count({
    where: { backfill: name, generation, code: "row_failed" },
  });
  if (failed % MOST_FAILED !== 0) return;
  deps.log.warn({ failed }, "so many rows could not be moved that the move is paused");
  await tx.backfill.update({ where: { name }, data: { status: "PAUSED", updatedAt: deps.now() } });
}
