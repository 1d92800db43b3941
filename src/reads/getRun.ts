import type { PrismaClient } from "../db/generated/client.ts";
import type { RunRow } from "./runRow.ts";

/** A run with its state and variables; undefined when the tenant has no such run. */
export async function getRun(
  deps: { readonly prisma: Pick<PrismaClient, "scriptRun"> },
  { tenantId, runId }: { readonly tenantId: string; readonly runId: string },
): Promise<RunRow | undefined> {
  const row = await deps.prisma.scriptRun.findUnique({
    where: { tenantId_id: { tenantId, id: runId } },
    include: { variables: { orderBy: { key: "asc" } } },
  });
  return row ?? undefined;
}
