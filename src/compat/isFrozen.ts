import { Prisma } from "../db/generated/client.ts";

/** SQLSTATE of a write to a legacy table that is frozen: see migrations-backfill/core/legacyTables.ts. */
const FROZEN = "SC010";

export function isFrozen(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  const { driverAdapterError } = (error.meta ?? {}) as {
    driverAdapterError?: { cause?: { originalCode?: string } };
  };
  return driverAdapterError?.cause?.originalCode === FROZEN;
}
