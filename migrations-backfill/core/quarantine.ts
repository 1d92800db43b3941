import type { Prisma } from "../../src/db/generated/client.ts";
import type { QuarantinedRow, RowKey } from "./definition.ts";

interface Place {
  readonly backfill: string;
  readonly unit: string;
  /** Of the row to move again on a retry; null for a row that hangs on none. */
  readonly key: RowKey | null;
  /** The start that finds them. */
  readonly generation: number;
}

/** Rows of one statement. */
const CHUNK = 500;

/**
 * Puts rows into quarantine, or says again why they are there. A waiver that was given stays; what was resolved
 * and is found again is open again.
 */
export async function putIntoQuarantine(
  tx: Prisma.TransactionClient,
  place: Place,
  rows: readonly QuarantinedRow[],
  now: Date,
): Promise<void> {
  for (let from = 0; from < rows.length; from += CHUNK)
    await putChunk(tx, place, rows.slice(from, from + CHUNK), now);
}

async function putChunk(
  tx: Prisma.TransactionClient,
  { backfill, unit, key, generation }: Place,
  rows: readonly QuarantinedRow[],
  now: Date,
): Promise<void> {
  const same = rows.map(({ legacyTable, legacyId, code }) => ({ legacyTable, legacyId, code }));
  const found = await tx.backfillQuarantine.findMany({ where: { backfill, OR: same } });
  const known = new Map(found.map((row) => [nameOf(row), row]));
  await tx.backfillQuarantine.createMany({
    data: rows
      .filter((row) => !known.has(nameOf(row)))
      .map(({ legacyTable, legacyId, code, message }) => ({
        backfill,
        unit,
        unitKey: key ?? [],
        legacyTable,
        legacyId,
        code,
        message,
        generation,
        createdAt: now,
        updatedAt: now,
      })),
  });
  for (const row of rows) {
    const before = known.get(nameOf(row));
    if (!before) continue;
    const { legacyTable, legacyId, code } = before;
    await tx.backfillQuarantine.update({
      where: { backfill_legacyTable_legacyId_code: { backfill, legacyTable, legacyId, code } },
      data: {
        message: row.message,
        attempts: { increment: 1 },
        generation,
        updatedAt: now,
        ...(before.status === "RESOLVED" ? { status: "OPEN" } : {}),
      },
    });
  }
}

function nameOf({ legacyTable, legacyId, code }: Omit<QuarantinedRow, "message">): string {
  return JSON.stringify([legacyTable, legacyId, code]);
}

/**
 * Resolves what stood in quarantine and was not found any more, once every row of a unit has been walked: it was
 * put right, or is gone.
 */
export async function resolveTheRest(
  tx: Prisma.TransactionClient,
  { backfill, unit, generation }: Omit<Place, "key">,
  now: Date,
): Promise<void> {
  await tx.backfillQuarantine.updateMany({
    where: { backfill, unit, generation: { lt: generation }, status: { not: "RESOLVED" } },
    data: { status: "RESOLVED", updatedAt: now },
  });
}
