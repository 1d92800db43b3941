import type { Prisma, PrismaClient } from "../../src/db/generated/client.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { kindOfFailure } from "./databaseErrors.ts";
import { checkInvariant, EXAMPLES, invariantsOf, keepCheck, rowsAgree } from "./checks.ts";
import type { BackfillDefinition, BackfillUnit, MoveSettings, PreparedRow, RowKey } from "./definition.ts";
import { findFailures } from "./findFailures.ts";
import { patiently } from "./patiently.ts";
import { lockUnit } from "./lockUnit.sql.ts";
import { keyOf, settingsOf, UNVERIFIED } from "./unitState.ts";

export interface VerifyDeps {
  /** Connected in the role script_worker. */
  readonly prisma: PrismaClient;
  readonly now: () => Date;
  /** Stops at a named point, for tests of crashes. */
  readonly pause?: (point: "batch_verified") => Promise<void>;
}

/** How a verification stands after a step. */
export type VerifyStep =
  | { readonly kind: "compared"; readonly unit: string; readonly rows: number; readonly differing: number }
  | { readonly kind: "checked"; readonly invariant: string; readonly violations: number }
  | { readonly kind: "done"; readonly isClean: boolean };

const BATCH = 50;
const TRANSACTION = { maxWait: 30_000, timeout: 120_000 };

/** Forgets an earlier verification, so that the next one starts at the first row. */
export async function restartVerification(deps: VerifyDeps, definition: BackfillDefinition): Promise<void> {
  await deps.prisma.backfillUnit.updateMany({
    where: { backfill: definition.name },
    data: { ...UNVERIFIED, updatedAt: deps.now() },
  });
}

/**
 * Compares what the legacy rows map to with what the canonical side says, row by row, hash by hash, then asks every
 * invariant. Goes on where an earlier call ended; what it found is stored with each step.
 *
 * It walks the legacy rows as they are now and not as the move saw them, so a row that came, went or changed behind
 * the move's cursor is found.
 */
export async function* verify(deps: VerifyDeps, definition: BackfillDefinition): AsyncGenerator<VerifyStep> {
  for (const unit of definition.units)
    for (let size = BATCH; ;) {
      const step = await patiently(async () => {
        try {
          return await deps.prisma.$transaction(
            (tx) => compareNext(deps, tx, definition, { unit, size }),
            TRANSACTION,
          );
        } catch (error) {
          // Rows may be large, or the database slow: fewer at a time from here on.
          if (kindOfFailure(error) === "timeout") size = Math.ceil(size / 2);
          throw error;
        }
      });
      if (!step) break;
      yield step;
      await deps.pause?.("batch_verified");
    }
  for (const invariant of invariantsOf(definition)) {
    const violations = await checkInvariant(deps, definition, invariant);
    yield { kind: "checked", invariant: invariant.name, violations };
  }
  yield { kind: "done", isClean: (await findFailures(deps.prisma, definition)).length === 0 };
}

async function compareNext(
  deps: VerifyDeps,
  tx: Prisma.TransactionClient,
  definition: BackfillDefinition,
  { unit, size }: { readonly unit: BackfillUnit; readonly size: number },
): Promise<VerifyStep | undefined> {
  const backfill = definition.name;
  await lockUnit(tx, backfill, unit.name);
  const where = { backfill_unit: { backfill, unit: unit.name } };
  const row = await tx.backfillUnit.findUniqueOrThrow({ where });
  if (row.verifiedAt) return undefined;
  const upTo = await unit.findUpperBound(tx);
  const after = keyOf(row.verifyCursor);
  const keys = upTo ? await unit.listKeys(tx, { after, upTo, limit: size }) : [];
  const move = await tx.backfill.findUniqueOrThrow({ where: { name: backfill } });
  const differing = await findDiffering(tx, { backfill, unit, settings: settingsOf(move) }, keys);
  await keepDiffering(deps, tx, backfill, unit, { found: differing, isFirst: after === null });
  const isEnd = keys.length < size;
  await tx.backfillUnit.update({
    where,
    data: {
      verifyCursor: keys.length > 0 ? [...keys.at(-1)!] : [...(after ?? [])],
      verifiedRows: { increment: keys.length },
      differingRows: { increment: differing.length },
      updatedAt: deps.now(),
      ...(isEnd ? { verifiedAt: deps.now() } : {}),
    },
  });
  return { kind: "compared", unit: unit.name, rows: keys.length, differing: differing.length };
}

/** Rows whose two sides say different things, but for those that are excused. */
async function findDiffering(
  tx: Prisma.TransactionClient,
  { backfill, unit, settings }: { backfill: string; unit: BackfillUnit; settings: MoveSettings },
  keys: readonly RowKey[],
): Promise<{ [name: string]: Json }[]> {
  const differing: { [name: string]: Json }[] = [];
  for (const key of keys) {
    const prepared = await unit.prepare(tx, key, settings);
    if (prepared.kind !== "prepared") continue;
    const canonical = await prepared.hashCanonical(tx);
    if (canonical === prepared.sourceHash) continue;
    if (await isExcused(tx, backfill, unit, prepared, canonical)) continue;
    differing.push({
      legacyId: prepared.legacyId,
      legacy: prepared.sourceHash,
      canonical,
      difference: canonical === null ? null : await prepared.explain(tx),
    });
  }
  return differing;
}

/** A row that is in quarantine as a whole has one side only; one that was waived may differ. */
async function isExcused(
  tx: Prisma.TransactionClient,
  backfill: string,
  unit: BackfillUnit,
  { legacyId }: PreparedRow,
  canonical: string | null,
): Promise<boolean> {
  const found = await tx.backfillQuarantine.findFirst({
    where: {
      backfill,
      legacyTable: unit.legacyTable,
      legacyId,
      status: canonical === null ? { not: "RESOLVED" } : "WAIVED",
    },
    select: { code: true },
  });
  return found !== null;
}

/** Adds to what the unit's check has found so far; a verification that begins starts it anew. */
async function keepDiffering(
  deps: VerifyDeps,
  tx: Prisma.TransactionClient,
  backfill: string,
  unit: BackfillUnit,
  { found, isFirst }: { readonly found: readonly Json[]; readonly isFirst: boolean },
): Promise<void> {
  const invariant = rowsAgree(unit);
  const known = isFirst
    ? null
    : await tx.backfillCheck.findUnique({ where: { backfill_invariant: { backfill, invariant } } });
  const examples = [...((known?.examples ?? []) as Json[]), ...found].slice(0, EXAMPLES);
  const count = (known?.violations ?? 0) + found.length;
  await keepCheck(deps, tx, backfill, { invariant, count, examples });
}
