import type { PrismaClient } from "../../src/db/generated/client.ts";
import type { BackfillDefinition } from "../core/definition.ts";
import { findMissing } from "../core/findUnready.sql.ts";

/** Rows that a move has to walk; none once its legacy tables are gone. */
export async function countRows(
  { prisma }: { readonly prisma: PrismaClient },
  { legacy, units }: BackfillDefinition,
): Promise<number> {
  if ((await findMissing(prisma, legacy)).length > 0) return 0;
  let rows = 0;
  for (const unit of units) rows += await unit.countRows(prisma);
  return rows;
}
