import { setTimeout as delay } from "node:timers/promises";
import { fromPrisma, type PgBoss } from "pg-boss";
import type { Logger } from "pino";
import type {
  Backfill,
  BackfillUnit as UnitState,
  Prisma,
  PrismaClient,
} from "../../src/db/generated/client.ts";
import { kindOfFailure } from "./databaseErrors.ts";
import type { BackfillDefinition, BackfillUnit, MoveSettings, RowKey } from "./definition.ts";
import { limitStatements, lockBackfill, lockUnit } from "./lockUnit.sql.ts";
import { findKnown, keepNewIds, moveRow, type RowOutcome } from "./moveRow.ts";
import { putIntoQuarantine, resolveTheRest } from "./quarantine.ts";

export interface BatchDeps {
  /** Connected in the role script_worker. */
  readonly prisma: PrismaClient;
  readonly boss: Pick<PgBoss, "insert" | "complete">;
  readonly sendJobs: (
    tx: Prisma.TransactionClient,
    scripts: readonly { tenantId: string; scriptId: string }[],
  ) => Promise<void>;
  readonly now: () => Date;
  readonly log: Pick<Logger, "info" | "warn">;
  /** Stops at a named point, for tests of races and crashes. */
  readonly pause?: (point: BatchPausePoint) => Promise<void>;
}

/** In the order in which a batch passes them. */
export type BatchPausePoint = "locked" | "row_written" | "before_commit" | "committed";

export const BACKFILL_QUEUE = "backfill";

/** A job as it was fetched from the queue. */
export interface BackfillJob {
  readonly id: string;
  readonly retryCount: number;
  readonly data: BackfillJobData;
}

export interface BackfillJobData {
  readonly backfill: string;
  /** Rows of the batch, when those before it had to be smaller than the unit's are. */
  readonly size?: number;
}

export type BatchOutcome =
  | {
      readonly kind: "moved";
      readonly unit: string;
      readonly rows: number;
      /** Rows that the next batch should have, when this one had to be smaller than the unit's are. */
      readonly nextSize?: number;
    }
  /** Every row of every unit has been looked at. */
  | { readonly kind: "finished" }
  /** The operator said so. */
  | { readonly kind: "stopped"; readonly status: string };

/** A batch is given this long; one that takes longer is taken back and tried again in halves. */
const TRANSACTION = { maxWait: 30_000, timeout: 60_000 };

/** When so many rows could not be moved at all, it is not the rows: somebody should look before it goes on. */
const MOST_FAILED = 20;

/** A row that fails by itself this often is put aside. More than once: the connection may have been lost with it. */
const ROW_ATTEMPTS = 3;

interface Reach {
  /** Instead of the unit's own. */
  readonly size: number | undefined;
  /** A row that is put into quarantine unread. */
  readonly skip: { readonly key: RowKey; readonly message: string } | undefined;
  readonly job: BackfillJob | undefined;
}

/** How far a batch came, for the case that it fails. */
interface Seen {
  /** The last row that it began. */
  key?: RowKey;
  size: number;
  /** Every row was written: what failed then is not the last one's fault. */
  isPastRows: boolean;
}

/**
 * Moves the next batch of rows: the rows, their ids, what goes into quarantine, the checkpoint and the next job in
 * one transaction. Whoever else works on the unit waits and then goes on after it, so any number may be at it.
 *
 * A batch that fails is tried in parts, down to the one row that is in the way; that one goes into quarantine.
 * Throws when the database cannot do it now; nothing is written then.
 */
export async function runBatch(
  deps: BatchDeps,
  definition: BackfillDefinition,
  input: { readonly job?: BackfillJob; readonly size?: number } = {},
): Promise<BatchOutcome> {
  const { job } = input;
  let size = input.size ?? job?.data.size;
  let skip: Reach["skip"];
  for (let attempt = 1; ;) {
    const seen: Seen = { size: 1, isPastRows: false };
    try {
      const outcome = await deps.prisma.$transaction(
        (tx) => moveNext(deps, tx, definition, { size, skip, job }, seen),
        TRANSACTION,
      );
      await deps.pause?.("committed");
      return outcome;
    } catch (error) {
      const kind = kindOfFailure(error);
      // Without a row it was not a row's fault.
      if (kind === "passing" || seen.key === undefined) throw error;
      const message = error instanceof Error ? error.message : String(error);
      deps.log.warn(
        { key: seen.key, rows: seen.size, kind, message },
        "a batch failed and is tried in parts",
      );
      if (seen.size > 1) size = kind === "timeout" ? Math.ceil(seen.size / 2) : 1;
      else if (attempt < ROW_ATTEMPTS) attempt++;
      else if (skip || seen.isPastRows) throw error;
      else skip = { key: seen.key, message: message.slice(-2_000) };
      await delay(20);
    }
  }
}

async function moveNext(
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
  const size = Math.min(reach.size ?? state.batchSize, state.batchSize);
  const upTo = state.upperBound as RowKey | null;
  const keys = upTo ? await unit.listKeys(tx, { after: keyOf(state.cursor), upTo, limit: size }) : [];
  seen.size = keys.length;
  const tally = await moveKeys(deps, tx, { move, unit, keys }, reach, seen);
  const isEnd = keys.length < size;
  if (isEnd) await endWalk(deps, tx, move, unit);
  if (reach.skip) await pauseWhenTooManyFail(deps, tx, move);
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
  if (reach.job) await completeAndSendNext(deps, tx, move, reach.job, nextSize);
  await deps.pause?.("before_commit");
  return { kind: "moved", unit: unit.name, rows: keys.length, ...(nextSize ? { nextSize } : {}) };
}

/** A unit before its first row is compared. */
export const UNVERIFIED = { verifyCursor: [], verifiedRows: 0, differingRows: 0, verifiedAt: null };

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

async function moveKeys(
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

async function endWalk(
  deps: BatchDeps,
  tx: Prisma.TransactionClient,
  { name, generation }: Backfill,
  unit: BackfillUnit,
): Promise<void> {
  const place = { backfill: name, unit: unit.name, generation };
  await putIntoQuarantine(tx, { ...place, key: null }, await unit.listStrays(tx), deps.now());
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
  if (job) await deps.boss.complete(BACKFILL_QUEUE, [job], null, { db: fromPrisma(tx) });
  return { kind: "finished" };
}

async function completeAndSendNext(
  deps: BatchDeps,
  tx: Prisma.TransactionClient,
  { name, restMs }: Backfill,
  job: BackfillJob,
  nextSize: number | undefined,
): Promise<void> {
  const data: BackfillJobData = { backfill: name, ...(nextSize ? { size: nextSize } : {}) };
  const startAfter = restMs > 0 ? { startAfter: new Date(deps.now().getTime() + restMs) } : {};
  await deps.boss.complete(BACKFILL_QUEUE, [job], null, { db: fromPrisma(tx) });
  await deps.boss.insert(BACKFILL_QUEUE, [{ data, ...startAfter }], { db: fromPrisma(tx) });
}

/** A stored key; none and an empty one are the place before the first row. */
export function keyOf(stored: Prisma.JsonValue): RowKey | null {
  const key = stored as RowKey | null;
  return key && key.length > 0 ? key : null;
}

/** What every row of a move is prepared with. */
export function settingsOf(move: {
  readonly createdAt: Date;
  readonly options: Prisma.JsonValue;
}): MoveSettings {
  return { asOf: move.createdAt, options: move.options as Record<string, string> };
}
