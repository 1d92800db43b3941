import type { PrismaClient } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";
import type { TailCommand } from "./materialization.ts";

/** A command behind its script's materializedSequence, and where the script's stream stands. */
export type DraftTailRow = ScriptKey &
  TailCommand & { readonly headSequence: number; readonly materializedSequence: number };

/**
 * The first commands that many scripts' versions lack, at most most.rows of each, in order. Scripts that lack
 * none have no row, nor have those whose commands take more than most.bytes, as stored. One round trip for all:
 * a round trip costs more than reading a few commands.
 */
export async function readDraftTails(
  prisma: Pick<PrismaClient, "$queryRaw">,
  keys: readonly ScriptKey[],
  most: { readonly rows: number; readonly bytes: number },
): Promise<DraftTailRow[]> {
  return prisma.$queryRaw<DraftTailRow[]>`
    select
      stream."tenantId", stream."scriptId", stream."headSequence", stream."materializedSequence",
      tail.sequence, tail."commandId", tail.type, tail."typeVersion", tail.payload, tail.facts, tail.patch, tail."batchId",
      tail."actorType"::text as "actorType", tail."actorId", tail."onBehalfOf", tail."correlationId", tail.note,
      tail."createdAt"
    from unnest(${keys.map((key) => key.tenantId)}::text[], ${keys.map((key) => key.scriptId)}::text[])
      as wanted ("tenantId", "scriptId")
    join scripts."ScriptStream" stream
      on stream."tenantId" = wanted."tenantId"
      and stream."scriptId" = wanted."scriptId"
    cross join lateral (
      select
        first.*,
        sum(pg_column_size(payload) + pg_column_size(facts) + pg_column_size(patch)) over () as "tailBytes"
      from (
        select command.*
        from scripts."ScriptCommand" command
        where command."tenantId" = stream."tenantId"
          and command."scriptId" = stream."scriptId"
          and command.sequence > stream."materializedSequence"
        order by command.sequence
        limit ${most.rows}
      ) first
    ) tail
    where tail."tailBytes" <= ${most.bytes}
    order by stream."tenantId", stream."scriptId", tail.sequence`;
}
