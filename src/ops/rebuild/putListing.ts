import { Prisma, type PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import type { Listing } from "../log/listing.ts";

class MovedError extends Error {}

/**
 * Writes what the log says into a script's row, in the role script_operator.
 *
 * "moved": the script was edited since, and the row is right for that edit, or will be found again.
 */
export async function putListing(
  deps: { readonly prisma: Pick<PrismaClient, "$transaction"> },
  { tenantId, scriptId }: ScriptKey,
  input: { readonly headSequence: number; readonly listing: Partial<Listing> },
): Promise<"put" | "moved" | "slug_taken"> {
  try {
    await deps.prisma.$transaction(async (tx) => {
      // An append writes this row too: it waits for us now, or we have waited for it and see its head below.
      await tx.script.updateMany({ where: { tenantId, id: scriptId }, data: input.listing });
      const stream = await tx.scriptStream.findUnique({
        where: { tenantId_scriptId: { tenantId, scriptId } },
        select: { headSequence: true },
      });
      if (stream?.headSequence !== input.headSequence) throw new MovedError();
    });
    return "put";
  } catch (error) {
    if (error instanceof MovedError) return "moved";
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002") return "slug_taken";
    throw error;
  }
}
