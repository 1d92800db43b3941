import type { PrismaClient } from "../../db/generated/client.ts";
import type { LogRow, ScriptKey } from "../../log/logRow.ts";

/**
 * Commands with after < sequence <= upTo, in order: at most maxRows of them, and no more once those before it take
 * maxBytes as stored. The first one is always there, whatever its size.
 */
export async function selectLogPage(
  prisma: Pick<PrismaClient, "$queryRaw">,
  input: ScriptKey & {
    readonly after: number;
    readonly upTo: number;
    readonly maxRows: number;
    readonly maxBytes: number;
  },
): Promise<LogRow[]> {
  return prisma.$queryRaw<LogRow[]>`
    select
      "tenantId", id, "scriptId", sequence, "commandId", "batchId", type, "typeVersion", payload, facts, patch,
      "inversePatch", "actorType"::text as "actorType", "actorId", "onBehalfOf", "correlationId", "causationId", note,
      "reducerVersion", "chainHash"::text as "chainHash", "createdAt"
    from (
      select
        sized.*,
        coalesce(sum(bytes) over (
          order by sequence rows between unbounded preceding and 1 preceding), 0) as "bytesBefore"
      from (
        select
          command.*,
          pg_column_size(payload) + pg_column_size(facts) + pg_column_size(patch)
            + pg_column_size("inversePatch") as bytes
        from scripts."ScriptCommand" command
        where "tenantId" = ${input.tenantId}
          and "scriptId" = ${input.scriptId}
          and sequence > ${input.after}
          and sequence <= ${input.upTo}
        order by sequence
        limit ${input.maxRows}
      ) sized
    ) page
    where "bytesBefore" < ${input.maxBytes}
    order by sequence`;
}
