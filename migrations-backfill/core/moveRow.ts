import type { BackfillIdMap, Prisma } from "../../src/db/generated/client.ts";
import type { BackfillUnit, MoveSettings, PreparedRow, RowKey, WriteContext } from "./definition.ts";
import { putIntoQuarantine } from "./quarantine.ts";

export type RowOutcome = "written" | "unchanged" | "quarantined" | "gone";

interface Place {
  readonly backfill: string;
  readonly generation: number;
  readonly unit: BackfillUnit;
  readonly settings: MoveSettings;
  /** What the id map said of the batch's rows before it, by legacy id. */
  readonly known: ReadonlyMap<string, KnownRow>;
  /** New entries of the id map, which are written together at the end of the batch. */
  readonly newIds: Prisma.BackfillIdMapCreateManyInput[];
}

export type KnownRow = Pick<BackfillIdMap, "sourceHash" | "takenBackAt">;

/**
 * Moves one legacy row with what belongs to it: prepared, written when it is new or has changed, put on the id
 * map, its bad parts into quarantine; all in the caller's transaction.
 */
export async function moveRow(
  context: Omit<WriteContext, "wasTakenBack">,
  place: Place,
  key: RowKey,
): Promise<RowOutcome> {
  const { tx, now } = context;
  const prepared = await place.unit.prepare(tx, key, place.settings);
  if (prepared.kind === "gone") return "gone";
  const where = { backfill: place.backfill, unit: place.unit.name, key, generation: place.generation };
  if (prepared.kind === "quarantined") {
    await putIntoQuarantine(tx, where, prepared.rows, now);
    return "quarantined";
  }
  const known = place.known.get(prepared.legacyId);
  const isUnchanged = known?.sourceHash === prepared.sourceHash && known.takenBackAt === null;
  if (!isUnchanged) {
    const written = await prepared.write({
      ...context,
      wasTakenBack: known !== undefined && known.takenBackAt !== null,
    });
    if (written.kind === "quarantined") {
      await putIntoQuarantine(tx, where, [...written.rows, ...prepared.quarantined], now);
      return "quarantined";
    }
    await keepIds(tx, place, prepared, { isNew: known === undefined, now });
    await keepFindings(tx, place, prepared, now);
  }
  await putIntoQuarantine(tx, where, prepared.quarantined, now);
  return isUnchanged ? "unchanged" : "written";
}

/** What the id map says of rows, in one statement: asked row by row it was the most frequent of all statements. */
export async function findKnown(
  tx: Prisma.TransactionClient,
  backfill: string,
  { legacyTable, kind }: BackfillUnit,
  keys: readonly RowKey[],
): Promise<Map<string, KnownRow>> {
  const rows = await tx.backfillIdMap.findMany({
    where: { backfill, legacyTable, kind, legacyId: { in: keys.map((key) => key.at(-1)!) } },
    select: { legacyId: true, sourceHash: true, takenBackAt: true },
  });
  return new Map(rows.map((row) => [row.legacyId, row]));
}

/** Entries of one statement. */
const CHUNK = 500;

export async function keepNewIds(
  tx: Prisma.TransactionClient,
  rows: readonly Prisma.BackfillIdMapCreateManyInput[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += CHUNK)
    await tx.backfillIdMap.createMany({ data: rows.slice(from, from + CHUNK) });
}

async function keepIds(
  tx: Prisma.TransactionClient,
  { backfill, generation, newIds }: Place,
  { idMap, sourceHash }: PreparedRow,
  { isNew, now }: { readonly isNew: boolean; readonly now: Date },
): Promise<void> {
  const rows = idMap.map(({ facts, ...entry }) => ({
    backfill,
    ...entry,
    sourceHash,
    generation,
    takenBackAt: null,
    createdAt: now,
    ...(facts === undefined ? {} : { factsJson: facts as Prisma.InputJsonValue }),
  }));
  if (isNew) {
    newIds.push(...rows);
    return;
  }
  for (const row of rows) {
    const { legacyTable, legacyId, kind, createdAt: _, ...changed } = row;
    await tx.backfillIdMap.upsert({
      where: { backfill_legacyTable_legacyId_kind: { backfill, legacyTable, legacyId, kind } },
      create: row,
      update: changed,
    });
  }
}

async function keepFindings(
  tx: Prisma.TransactionClient,
  { backfill }: Place,
  { findings }: PreparedRow,
  now: Date,
): Promise<void> {
  const same = findings.map(({ legacyTable, legacyId, code }) => ({ legacyTable, legacyId, code }));
  if (same.length === 0) return;
  await tx.backfillFinding.deleteMany({ where: { backfill, OR: same } });
  await tx.backfillFinding.createMany({
    data: findings.map((found) => ({ backfill, ...found, createdAt: now })),
  });
}
