import type { ControlDeps } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";

/** Lets there be a move and its units, before their first row; those that are there stay. */
export async function ensureRows(deps: ControlDeps, { name, units }: BackfillDefinition): Promise<void> {
  const now = deps.now();
  await deps.prisma.$transaction(async (tx) => {
    await tx.backfill.createMany({
      data: [{ name, createdAt: now, updatedAt: now }],
      skipDuplicates: true,
    });
    await tx.backfillUnit.createMany({
      data: units.map((unit) => ({
        backfill: name,
        unit: unit.name,
        batchSize: unit.batchSize,
        updatedAt: now,
      })),
      skipDuplicates: true,
    });
  });
}
