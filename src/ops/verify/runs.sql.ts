import type { PrismaClient } from "../../db/generated/client.ts";

export interface UnpinnedRun {
  readonly tenantId: string;
  readonly id: string;
  readonly scriptId: string;
  readonly version: number;
  /** The script has that version, but it is open. */
  readonly isOpen: boolean;
}

/** Runs whose version is open, or not there. */
export async function selectUnpinnedRuns(
  prisma: Pick<PrismaClient, "$queryRaw">,
  input: { readonly tenantId: string | null; readonly scriptId: string | null; readonly limit: number },
): Promise<UnpinnedRun[]> {
  return prisma.$queryRaw<UnpinnedRun[]>`
    select run."tenantId", run.id, run."scriptId", run.version, version.id is not null as "isOpen"
    from scripts."ScriptRun" run
    left join scripts."ScriptVersion" version
      on version."tenantId" = run."tenantId"
      and version."scriptId" = run."scriptId"
      and version.version = run.version
    where version."sealedAt" is null
      and (${input.tenantId}::text is null or run."tenantId" = ${input.tenantId})
      and (${input.scriptId}::text is null or run."scriptId" = ${input.scriptId})
    order by run."startedAt"
    limit ${input.limit}`;
}
