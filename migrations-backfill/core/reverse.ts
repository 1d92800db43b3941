import { setTimeout as delay } from "node:timers/promises";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { forgetComparisons } from "./comparedReads.ts";
import { decide, peek, refused, TRANSACTION, type ControlDeps, type Order } from "./decide.ts";
import type { BackfillDefinition, BackfillUnit, Loss } from "./definition.ts";
import { thawSql } from "./legacyTables.ts";
import { lockUnit } from "./lockUnit.sql.ts";
import { patiently } from "./patiently.ts";

/**
 * Leads back to the legacy side: reads and writes, then the tables take writes again. What was written to the
 * canonical side meanwhile has no place over there; it stays where it is, and is refused until somebody accepts it.
 *
 * Each step may be made again, so a reverse that was cut short is simply given again.
 */
export async function reverse(
  deps: ControlDeps,
  definition: BackfillDefinition,
  input: { readonly acceptLoss: boolean },
): Promise<Order & { readonly losses?: readonly Loss[] }> {
  const early = await peek(deps, definition, "reverse");
  if (early) return early;
  const losses = await deps.prisma.$transaction((tx) => definition.describeNativeWrites(tx), TRANSACTION);
  const isLossy = losses.some(({ count }) => count > 0);
  const details = { acceptLoss: input.acceptLoss, losses: losses as unknown as Json };
  const order = await decide(deps, definition, { verb: "reverse", details }, async (tx) => {
    if (isLossy && !input.acceptLoss)
      return refused(
        "What was done on the canonical side since the move would not be seen any more (listed). Export it, then add --accept-loss.",
      );
    await tx.backfillSwitch.updateMany({
      where: { backfill: definition.name },
      data: { reads: "LEGACY", writes: "LEGACY" },
    });
    await forgetComparisons(deps, tx, definition);
    return { status: "CANCELED" };
  });
  if (order.kind === "refused") return { ...order, losses };
  // Processes go by an old switch for a moment: what they wrote in it is counted too, and told.
  await delay(deps.settleMs);
  const late = await deps.prisma.$transaction((tx) => definition.describeNativeWrites(tx), TRANSACTION);
  for (const unit of definition.units.toReversed()) await takeUnitBack(deps, definition, unit);
  await markAllTakenBack(deps, definition);
  await patiently(() => deps.runOwnerSql(thawSql(definition.legacy)));
  await patiently(() => deps.runOwnerSql(definition.sql.retract));
  const done = await decide(
    deps,
    definition,
    { verb: "reverse", noted: "reversed", details: { losses: late as unknown as Json } },
    async () => ({
      phase: "EXPAND",
      status: "IDLE",
      frozenAt: null,
    }),
  );
  return { ...done, losses: late };
}

const TAKE_BACK_BATCH = 100;

/** In batches, each with its marks in one transaction. */
async function takeUnitBack(
  deps: ControlDeps,
  { name }: BackfillDefinition,
  unit: BackfillUnit,
): Promise<void> {
  const where = { backfill: name, legacyTable: unit.legacyTable, kind: unit.kind, takenBackAt: null };
  const takeNext = (): Promise<number> =>
    deps.prisma.$transaction(async (tx) => {
      // A batch that was at work when the move was cancelled ends first; none begins any more.
      await lockUnit(tx, name, unit.name);
      const rows = await tx.backfillIdMap.findMany({
        where,
        orderBy: { legacyId: "asc" },
        take: TAKE_BACK_BATCH,
      });
      const context: Parameters<BackfillUnit["takeBack"]>[0] = {
        tx,
        now: deps.now(),
        sendJobs: (scripts) => deps.sendJobs(tx, scripts),
      };
      for (const row of rows) await unit.takeBack(context, row);
      await tx.backfillIdMap.updateMany({
        where: { ...where, legacyId: { in: rows.map(({ legacyId }) => legacyId) } },
        data: { takenBackAt: deps.now() },
      });
      return rows.length;
    }, TRANSACTION);
  while ((await patiently(takeNext)) > 0);
}

/** What belonged to the rows that were taken back, such as versions. */
async function markAllTakenBack(deps: ControlDeps, { name }: BackfillDefinition): Promise<void> {
  await deps.prisma.backfillIdMap.updateMany({
    where: { backfill: name, takenBackAt: null },
    data: { takenBackAt: deps.now() },
  });
}
