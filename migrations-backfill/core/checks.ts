import type { Prisma, PrismaClient } from "../../src/db/generated/client.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import type { BackfillDefinition, BackfillUnit, Invariant } from "./definition.ts";
import { findUnfrozen } from "./findUnready.sql.ts";

interface CheckDeps {
  readonly prisma: PrismaClient;
  readonly now: () => Date;
}

/** Counter-examples that are kept of each check. */
export const EXAMPLES = 20;
const TRANSACTION = { maxWait: 30_000, timeout: 120_000 };

/** The definition's invariants, and that its tables take no writes. */
export function invariantsOf({ invariants, legacy }: BackfillDefinition): readonly Invariant[] {
  const frozen: Invariant = {
    name: "legacy_tables_are_frozen",
    rule: 'The database refuses writes to every legacy table. "freeze" does it again.',
    findViolations: async (tx, limit) => {
      const thawed = await findUnfrozen(tx, legacy);
      return { count: thawed.length, examples: thawed.slice(0, limit) };
    },
  };
  return [...invariants, frozen];
}

/** Asks every invariant now, and keeps the answers for findFailures. */
export async function checkInvariants(deps: CheckDeps, definition: BackfillDefinition): Promise<void> {
  for (const invariant of invariantsOf(definition)) await checkInvariant(deps, definition, invariant);
}

export async function checkInvariant(
  deps: CheckDeps,
  { name }: BackfillDefinition,
  invariant: Invariant,
): Promise<number> {
  const { count, examples } = await deps.prisma.$transaction(
    (tx) => invariant.findViolations(tx, EXAMPLES),
    TRANSACTION,
  );
  await keepCheck(deps, deps.prisma, name, { invariant: invariant.name, count, examples });
  return count;
}

/** Name of the check that says whether a unit's rows are the same on both sides. */
export function rowsAgree(unit: Pick<BackfillUnit, "name">): string {
  return `${unit.name}_agree`;
}

export async function keepCheck(
  deps: Pick<CheckDeps, "now">,
  tx: Pick<Prisma.TransactionClient, "backfillCheck">,
  backfill: string,
  check: { readonly invariant: string; readonly count: number; readonly examples: readonly Json[] },
): Promise<void> {
  const { invariant } = check;
  const outcome = {
    violations: check.count,
    examples: check.examples as Prisma.InputJsonValue,
    checkedAt: deps.now(),
  };
  await tx.backfillCheck.upsert({
    where: { backfill_invariant: { backfill, invariant } },
    create: { backfill, invariant, ...outcome },
    update: outcome,
  });
}
