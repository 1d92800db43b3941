import { Prisma } from "../db/generated/client.ts";

/** Whether a write failed because a row with the same key is there. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";
}
