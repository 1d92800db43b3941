import type { Prisma } from "../../src/db/generated/client.ts";
import { invariantsOf, rowsAgree } from "./checks.ts";
import type { BackfillDefinition } from "./definition.ts";

/**
 * Why the data is not as it must be, from what was stored: units that are not moved or not verified to their end,
 * checks that were never made or failed, and more in quarantine than the budget allows. Empty: all is well.
 */
export async function findFailures(
  tx: Pick<Prisma.TransactionClient, "backfill" | "backfillUnit" | "backfillCheck" | "backfillQuarantine">,
  definition: BackfillDefinition,
): Promise<string[]> {
  const backfill = definition.name;
  const move = await tx.backfill.findUniqueOrThrow({ where: { name: backfill } });
  const units = await tx.backfillUnit.findMany({ where: { backfill } });
  const checks = new Map(
    (await tx.backfillCheck.findMany({ where: { backfill } })).map((row) => [row.invariant, row]),
  );
  const failures: string[] = [];
  for (const { unit, finishedAt, verifiedAt } of units) {
    if (!finishedAt) failures.push(`Unit "${unit}" has not been moved to its end.`);
    if (!verifiedAt) failures.push(`Unit "${unit}" has not been verified to its end.`);
  }
  const wanted = [...definition.units.map(rowsAgree), ...invariantsOf(definition).map(({ name }) => name)];
  const unmade = wanted.filter((name) => !checks.has(name));
  if (unmade.length > 0) failures.push(`${unmade.length} check(s) were never made: ${unmade.join(", ")}.`);
  for (const name of wanted) {
    const violations = checks.get(name)?.violations ?? 0;
    if (violations > 0) failures.push(`"${name}" is broken by ${violations} row(s).`);
  }
  const open = await tx.backfillQuarantine.count({ where: { backfill, status: "OPEN" } });
  if (open > move.quarantineBudget)
    failures.push(`${open} row(s) stand in quarantine; ${move.quarantineBudget} are allowed.`);
  return failures;
}
