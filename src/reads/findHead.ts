import type { PrismaClient } from "../db/generated/client.ts";

/** Sequence of a script's last command; undefined when the tenant has no such script. */
export async function findHead(
  deps: { readonly prisma: Pick<PrismaClient, "scriptStream"> },
  key: { readonly tenantId: string; readonly scriptId: string },
): Promise<number | undefined> {
  const stream = await deps.prisma.scriptStream.findUnique({
    where: { tenantId_scriptId: { tenantId: key.tenantId, scriptId: key.scriptId } },
    select: { headSequence: true },
  });
  return stream?.headSequence;
}
