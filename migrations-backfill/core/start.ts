import { Prisma } from "../../src/db/generated/client.ts";
import { decide, refused, refusedFor, type ControlDeps, type Order, type Refused } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";
import { findUnfrozen } from "./findUnready.sql.ts";
import { forgetComparisons } from "./comparedReads.ts";
import { patiently } from "./patiently.ts";
import { sendJob } from "./jobs.ts";
import { UNVERIFIED } from "./unitState.ts";

export interface StartSettings {
  /** Rows that may stand in quarantine, neither resolved nor waived. */
  readonly quarantineBudget?: number;
  readonly restMs?: number;
  readonly maxScriptsBehind?: number;
  readonly batchSize?: number;
  /** What the definition is told. What it was told once stays. */
  readonly options?: Readonly<Record<string, string>>;
  /** Whether the workers of the queue take up the batches; whoever drives them from a terminal does without. */
  readonly isQueued?: boolean;
}

/**
 * Begins to walk every row, up to those that are there at this moment, or walks them again. Rows that were moved
 * and have not changed stay. Refused while the legacy tables take writes: what changed behind the cursor would
 * stay as it was.
 */
export async function start(
  deps: ControlDeps,
  definition: BackfillDefinition,
  settings: StartSettings = {},
): Promise<Order> {
  const { options = {}, batchSize, isQueued = false, ...limits } = settings;
  const details = { settings: { ...limits, options, isQueued, ...(batchSize ? { batchSize } : {}) } };
  // A batch of a move that was cancelled a moment ago may still hold the units.
  return patiently(() =>
    decide(deps, definition, { verb: "start", details }, async (tx) => {
      const added = await addOptions(tx, definition, options);
      const obstacle = refusedFor(await findThawed(tx, definition)) ?? added;
      if ("kind" in obstacle) return obstacle;
      await rewind(deps, tx, definition, batchSize);
      await forgetComparisons(deps, tx, definition);
      if (isQueued) await sendJob(deps.boss, tx, { backfill: definition.name });
      return {
        phase: "BACKFILL",
        status: "RUNNING",
        generation: { increment: 1 },
        ...limits,
        options: obstacle.options,
      };
    }),
  );
}

async function findThawed(
  tx: Prisma.TransactionClient,
  { name, legacy }: BackfillDefinition,
): Promise<string[]> {
  const { frozenAt } = await tx.backfill.findUniqueOrThrow({ where: { name }, select: { frozenAt: true } });
  const thawed = await findUnfrozen(tx, legacy);
  if (thawed.length === 0)
    return frozenAt === null ? ['The freeze was cut short: "freeze" again first.'] : [];
  return [`The legacy tables take writes (${thawed.join(", ")}): "freeze" first.`];
}

/** Puts every unit before its first row, to end at the last row that there is now. */
async function rewind(
  deps: Pick<ControlDeps, "now">,
  tx: Prisma.TransactionClient,
  definition: BackfillDefinition,
  batchSize: number | undefined,
): Promise<void> {
  for (const unit of definition.units) {
    const upperBound = await unit.findUpperBound(tx);
    await tx.backfillUnit.update({
      where: { backfill_unit: { backfill: definition.name, unit: unit.name } },
      data: {
        ...AGAIN,
        upperBound: upperBound === null ? Prisma.DbNull : [...upperBound],
        ...(batchSize === undefined ? {} : { batchSize }),
        updatedAt: deps.now(),
      },
    });
  }
}

const AGAIN = {
  cursor: [],
  rowsRead: 0,
  rowsWritten: 0,
  rowsUnchanged: 0,
  rowsQuarantined: 0,
  finishedAt: null,
  ...UNVERIFIED,
};

/** Adds to what the definition is told. Rows were moved with what it was told before, so that stays. */
async function addOptions(
  tx: Prisma.TransactionClient,
  { name }: BackfillDefinition,
  options: Readonly<Record<string, string>>,
): Promise<Refused | { readonly options: Record<string, string> }> {
  const move = await tx.backfill.findUniqueOrThrow({ where: { name }, select: { options: true } });
  const known = move.options as Record<string, string>;
  const changed = Object.keys(options).filter(
    (key) => known[key] !== undefined && known[key] !== options[key],
  );
  if (changed.length === 0) return { options: { ...known, ...options } };
  return refused(
    ...changed.map((key) => `${key} is "${known[key]}" since the first start, and rows were moved with it.`),
  );
}
