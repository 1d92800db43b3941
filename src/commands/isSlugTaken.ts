import type { PrismaClient } from "../db/generated/client.ts";
import type { AppendRequest } from "../log/appendCommands.ts";

/** Whether another script of the tenant has the slug that this batch would give its script; for dry runs. */
export async function isSlugTaken(
  deps: { readonly prisma: Pick<PrismaClient, "script"> },
  request: AppendRequest,
): Promise<boolean> {
  if (!request.script) return false;
  const holder = await deps.prisma.script.findUnique({
    where: { tenantId_slug: { tenantId: request.tenantId, slug: request.script.slug } },
    select: { id: true },
  });
  return holder !== null && holder.id !== request.scriptId;
}
