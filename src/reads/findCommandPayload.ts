import type { PrismaClient } from "../db/generated/client.ts";
import type { Json } from "../kernel/canonicalJson.ts";

/** The payload of the command that has this id; undefined when the script's log has none. */
export async function findCommandPayload(
  deps: { readonly prisma: Pick<PrismaClient, "scriptCommand"> },
  key: { readonly tenantId: string; readonly scriptId: string; readonly commandId: string },
): Promise<{ readonly [member: string]: Json } | undefined> {
  const row = await deps.prisma.scriptCommand.findUnique({
    where: { tenantId_scriptId_commandId: key },
    select: { payload: true },
  });
  return row?.payload as { readonly [member: string]: Json } | undefined;
}
