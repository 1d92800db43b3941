import { Prisma } from "../db/generated/client.ts";

/** SQLSTATE of a statement that waited for a lock longer than lock_timeout. */
const LOCK_NOT_AVAILABLE = "55P03";

export function isLockTimeout(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  const { driverAdapterError } = (error.meta ?? {}) as {
    driverAdapterError?: { cause?: { originalCode?: string } };
  };
  return driverAdapterError?.cause?.originalCode === LOCK_NOT_AVAILABLE;
}
