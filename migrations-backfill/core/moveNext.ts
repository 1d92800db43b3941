import type { BackfillUnit as UnitState, Prisma } from "../../src/db/generated/client.ts";
import type { BatchDeps, BatchOutcome, Reach, Seen } from "./batch.ts";
import type { BackfillDefinition, BackfillUnit, RowKey } from "./definition.ts";
import { countMovedBehind } from "./health.sql.ts";
import { completeJob, sendJob, type BackfillJob } from "./jobs.ts";
import { limitStatements, lockBackfill, lockUnit } from "./lockUnit.sql.ts";
import { moveRows } from "./moveRows.ts";
import { putIntoQuarantine, resolveTheRest } from "./quarantine.ts";
import { keyOf, UNVERIFIED } from "./unitState.ts";

/** The transaction of a batch: the rows, their ids, what goes into quarantine, the checkpoint and the next job. */
export async function moveNext(
  deps: BatchDeps,
  tx: Prisma.TransactionClient,
  definition: BackfillDefinition,
  reach: Reach,
  seen: Seen,
): Promise<BatchOutcome> {
  await limitStatements(tx);
  const locked = await lockNext(tx, definition);
  // Read below the lock: an order that was given while this batch waited for it counts.
  const move = await tx.backfill.findUniqueOrThrow({ where: { name: definition.name } });
  if (move.status !== "RUNNING" || move.phase !== "BACKFILL") return { kind: "stopped", status: move.status };
  if (!locked) return finish(deps, tx, definition, reach.job);
  await deps.pause?.("locked");
  const { unit, state } = locked;
  const because = await findUnwritten(tx, definition, unit);
  if (because !== undefined) return { kind: "resting", because };
  const size = Math.min(reach.size ?? state.batchSize, state.batchSize);
  const upTo = state.upperBound as RowKey | null;
  const keys = upTo ? await unit.listKeys(tx, { after: keyOf(state.cursor), upTo, limit: size }) : [];
  seen.size = keys.length;
  const tally = await moveRows(deps, tx, { move, unit, keys }, reach, seen);
  const isEnd = keys.length < size;
  if (isEnd) await endWalk(deps, tx, { backfill: move.name, unit, generation: move.generation });
  await tx.backfillUnit.update({
    where: { backfill_unit: { backfill: move.name, unit: unit.name } },
    data: {
      ...(keys.length > 0 ? { cursor: [...keys.at(-1)!] } : {}),
      rowsRead: { increment: keys.length },
      rowsWritten: { increment: tally.written },
      rowsUnchanged: { increment: tally.unchanged },
      rowsQuarantined: { increment: tally.quarantined },
      updatedAt: deps.now(),
      // A verification that began meanwhile has seen some rows too early: it is made anew.
      ...(isEnd ? { finishedAt: deps.now(), ...UNVERIFIED } : {}),
    },
  });
  const nextSize = isEnd ? undefined : grow(size, state.batchSize);
  if (reach.job) {
    const startAfter = move.restMs > 0 ? { startAfter: new Date(deps.now().getTime() + move.restMs) } : {};
    await completeJob(deps.boss, tx, reach.job);
    await sendJob(
      deps.boss,
      tx,
      { backfill: move.name, ...(nextSize ? { size: nextSize } : {}) },
      startAfter,
    );
  }
  await deps.pause?.("before_commit");
  return { kind: "moved", unit: unit.name, rows: keys.length, ...(nextSize ? { nextSize } : {}) };
}

/** Scripts behind that are counted for a message. */
const COUNTED = 10_000;

/**
 * Why a unit must wait whose rows point at versions. Asked below its lock: another driver may have moved the last
 * script after this one looked, and runs would be put into quarantine because their versions are not there yet.
 */
async function findUnwritten(
  tx: Prisma.TransactionClient,
  { name: backfill }: BackfillDefinition,
  { name, needsVersions }: BackfillUnit,
): Promise<string | undefined> {
  const behind = needsVersions ? await countMovedBehind(tx, backfill, COUNTED) : 0;
  if (behind === 0) return undefined;
  return `${behind} moved script(s) wait for the materializer, and unit "${name}" needs their versions`;
}

/** After a batch that had to be smaller the next ones grow slowly: what was too slow a moment ago may still be. */
function grow(size: number, full: number): number | undefined {
  const next = size + Math.ceil(size / 4);
  return next < full ? next : undefined;
}

/** Locks the first unit that has not been walked to its end; undefined when all have. */
async function lockNext(
  tx: Prisma.TransactionClient,
  definition: BackfillDefinition,
): Promise<{ readonly unit: BackfillUnit; readonly state: UnitState } | undefined> {
  const backfill = definition.name;
  const open = await tx.backfillUnit.findMany({
    where: { backfill, finishedAt: null },
    select: { unit: true },
  });
  for (const unit of definition.units) {
    if (!open.some((row) => row.unit === unit.name)) continue;
    await lockUnit(tx, backfill, unit.name);
    const where = { backfill_unit: { backfill, unit: unit.name } };
    const state = await tx.backfillUnit.findUniqueOrThrow({ where });
    // Whoever held the lock may have come to its end.
    if (!state.finishedAt) return { unit, state };
  }
  return undefined;
}

async function endWalk(
  deps: BatchDeps,
  tx: Prisma.TransactionClient,
  walk: { readonly backfill: string; readonly unit: BackfillUnit; readonly generation: number },
): Promise<void> {
  const place = { ...walk, unit: walk.unit.name };
  await putIntoQuarantine(tx, { ...place, key: null }, await walk.unit.listStrays(tx), deps.now());
  await resolveTheRest(tx, place, deps.now());
}

/** Under the move's lock, because a start may have begun another walk meanwhile. */
async function finish(
  deps: BatchDeps,
  tx: Prisma.TransactionClient,
  { name }: BackfillDefinition,
  job: BackfillJob | undefined,
): Promise<BatchOutcome> {
  await lockBackfill(tx, name);
  const move = await tx.backfill.findUniqueOrThrow({ where: { name }, include: { units: true } });
  if (move.status !== "RUNNING" || move.units.some(({ finishedAt }) => finishedAt === null))
    return { kind: "stopped", status: move.status };
  await tx.backfill.update({ where: { name }, data: { status: "IDLE", updatedAt: deps.now() } });
  if (job) await completeJob(deps.boss, tx, job);
  return { kind: "finished" };
}
