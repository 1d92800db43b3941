import type { PrismaClient } from "../db/generated/client.ts";
import type { LogRow, ScriptKey } from "./logRow.ts";

/** A row of the log; bytes is the stored, compressed size of its JSON columns. */
export type SizedLogRow = LogRow & { readonly bytes: number };

/**
 * Commands with after < sequence <= upTo, in order: at most maxRows of them, and no more once those before it take
 * maxBytes. The first one is always there, whatever its size.
 *
 * pg_column_size reads the length of a large value without fetching it, so what is cut off costs nothing.
 */
export async function selectLogPage(
  prisma: Pick<PrismaClient, "$queryRaw">,
  input: ScriptKey & {
    readonly after: number;
    readonly upTo: number;
    readonly maxRows: number;
    readonly maxBytes: number;
  },
): Promise<SizedLogRow[]> {
  return prisma.$queryRaw<SizedLogRow[]>`
    select
      "tenantId", id, "scriptId", sequence, "commandId", "batchId", type, "typeVersion", payload, facts, patch,
      "inversePatch", "actorType"::text as "actorType", "actorId", "onBehalfOf", "correlationId", "causationId", note,
      "reducerVersion", "chainHash"::text as "chainHash", "createdAt", bytes
    from (
      select
        sized.*,
        coalesce(sum(bytes) over (
          order by sequence rows between unbounded preceding and 1 preceding), 0) as "bytesBefore"
      from (
        select
          command.*,
          (pg_column_size(payload) + pg_column_size(facts) + pg_column_size(patch)
            + pg_column_size("inversePatch"))::int as bytes
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
