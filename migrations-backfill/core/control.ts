import { fromPrisma, type PgBoss } from "pg-boss";
import { Prisma } from "../../src/db/generated/client.ts";
import { decide, peek, refused, refusedFor, type ControlDeps, type Order } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";
import { patiently } from "./patiently.ts";
import { BACKFILL_QUEUE, UNVERIFIED } from "./runBatch.ts";

interface Settings {
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
 * Begins a move, or walks every row again: adds what stands beside the legacy tables, freezes them, and lets the
 * batches run up to the rows that are there at that moment. Rows that were moved and have not changed stay.
 *
 * Each step may be made again, so a start that was cut short is simply given again.
 */
export async function start(
  deps: ControlDeps,
  definition: BackfillDefinition,
  settings: Settings = {},
): Promise<Order> {
  const isKnown = (await deps.prisma.backfill.count({ where: { name: definition.name } })) > 0;
  const early =
    (isKnown ? await peek(deps, definition, "start") : undefined) ??
    refusedFor(await definition.findObstacles(deps.prisma));
  if (early) return early;
  const { options = {}, batchSize, isQueued = false, ...limits } = settings;
  await ensureRows(deps, definition);
  const details = { settings: { ...limits, options, isQueued, ...(batchSize ? { batchSize } : {}) } };
  const begun = await decide(deps, definition, { verb: "start", details }, (tx) =>
    addOptions(tx, definition, options),
  );
  if (begun.kind === "refused") return begun;
  await deps.runOwnerSql(definition.sql.expand);
  const expanded = await decide(deps, definition, { verb: "start", noted: "expanded" }, async () => ({
    phase: "FREEZE",
  }));
  if (expanded.kind === "refused") return expanded;
  await deps.runOwnerSql(definition.sql.freeze);
  // A batch of a move that was cancelled a moment ago may still hold the units.
  return patiently(() =>
    decide(deps, definition, { verb: "start", noted: "frozen" }, async (tx) => {
      await rewind(deps, tx, definition, batchSize);
      await tx.backfillSwitch.updateMany({
        where: { backfill: definition.name },
        data: { dualShare: 0, updatedAt: deps.now() },
      });
      if (isQueued) await sendJob(deps.boss, tx, definition.name);
      return { phase: "BACKFILL", status: "RUNNING", generation: { increment: 1 }, ...limits };
    }),
  );
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
) {
  const move = await tx.backfill.findUniqueOrThrow({ where: { name }, select: { options: true } });
  const known = move.options as Record<string, string>;
  const changed = Object.keys(options).filter(
    (key) => known[key] !== undefined && known[key] !== options[key],
  );
  if (changed.length > 0)
    return refused(
      ...changed.map(
        (key) => `${key} is "${known[key]}" since the first start, and rows were moved with it.`,
      ),
    );
  return { options: { ...known, ...options } };
}

async function sendJob(
  boss: Pick<PgBoss, "insert">,
  tx: Prisma.TransactionClient,
  backfill: string,
): Promise<void> {
  await boss.insert(BACKFILL_QUEUE, [{ data: { backfill } }], { db: fromPrisma(tx) });
}

/** No batch begins any more; the one at hand ends as it would. */
export function pause(deps: ControlDeps, definition: BackfillDefinition): Promise<Order> {
  return decide(deps, definition, { verb: "pause" }, async () => ({ status: "PAUSED" }));
}

/** Goes on with a move that was paused, or whose driver is dead. */
export function resume(
  deps: ControlDeps,
  definition: BackfillDefinition,
  { isQueued = false }: { readonly isQueued?: boolean } = {},
): Promise<Order> {
  return decide(deps, definition, { verb: "resume", details: { isQueued } }, async (tx) => {
    if (isQueued) await sendJob(deps.boss, tx, definition.name);
    return { status: "RUNNING" };
  });
}

/** Ends a move that is under way, so that it may be reversed or started anew. What is moved stays. */
export function cancel(deps: ControlDeps, definition: BackfillDefinition): Promise<Order> {
  return decide(deps, definition, { verb: "cancel" }, async () => ({ status: "CANCELED" }));
}

/** Who a waiver is signed by and why. */
export interface Waiver {
  readonly by: string;
  readonly note: string;
}

/** Lets rows stay behind: they are in quarantine for good, and somebody has said so. */
export async function waive(
  deps: ControlDeps,
  definition: BackfillDefinition,
  filter: { readonly code?: string; readonly legacyId?: string },
  waiver: Waiver,
): Promise<Order & { readonly waived?: number }> {
  let waived = 0;
  const request = { verb: "quarantine", noted: "waive", details: { ...filter, ...waiver } } as const;
  const order = await decide(deps, definition, request, async (tx) => {
    const changed = await tx.backfillQuarantine.updateMany({
      where: { backfill: definition.name, status: "OPEN", ...filter },
      data: { status: "WAIVED", waivedBy: waiver.by, waiverNote: waiver.note, updatedAt: deps.now() },
    });
    waived = changed.count;
    return waived === 0 ? refused("No open row of the quarantine is like that.") : undefined;
  });
  return order.kind === "refused" ? order : { ...order, waived };
}

async function ensureRows(deps: ControlDeps, definition: BackfillDefinition): Promise<void> {
  const now = deps.now();
  await deps.prisma.$transaction(async (tx) => {
    await tx.backfill.createMany({
      data: [{ name: definition.name, createdAt: now, updatedAt: now }],
      skipDuplicates: true,
    });
    await tx.backfillUnit.createMany({
      data: definition.units.map(({ name, batchSize }) => ({
        backfill: definition.name,
        unit: name,
        batchSize,
        updatedAt: now,
      })),
      skipDuplicates: true,
    });
  });
}
