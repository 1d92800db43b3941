import type { PrismaClient } from "../../db/generated/client.ts";

export interface StuckCommand {
  readonly tenantId: string;
  readonly id: string;
  readonly command: string;
  readonly status: "PENDING" | "PROCESSING";
  readonly attempts: number;
  readonly maxAttempts: number;
  /** Due, or begun, at. */
  readonly since: Date;
}

/** Generic commands that are due, or at work, since before a time. */
export async function selectStuckCommands(
  prisma: Pick<PrismaClient, "$queryRaw">,
  input: { readonly tenantId: string | null; readonly before: Date; readonly limit: number },
): Promise<StuckCommand[]> {
  return prisma.$queryRaw<StuckCommand[]>`
    select
      "tenantId", id, command, status::text as status, attempts, "maxAttempts",
      case when status = 'PENDING' then "dueAt" else "updatedAt" end as since
    from scripts."CommandOutbox"
    where (status = 'PENDING' and "dueAt" < ${input.before} or status = 'PROCESSING' and "updatedAt" < ${input.before})
      and (${input.tenantId}::text is null or "tenantId" = ${input.tenantId})
    order by since
    limit ${input.limit}`;
}
