import type { Json } from "../../src/kernel/canonicalJson.ts";
import type { Loss, ReadTx } from "../core/definition.ts";

/** Examples of each kind that are listed. */
const EXAMPLES = 10;

/**
 * What is gone once the legacy tables are: scripts and runs that were not moved at all, with everything that belongs
 * to them, and the rows in quarantine, which say why.
 */
export async function describeLoss(tx: ReadTx): Promise<Loss[]> {
  return [...(await describeWholes(tx)), ...(await describeQuarantined(tx))];
}

async function describeWholes(tx: ReadTx): Promise<Loss[]> {
  return tx.$queryRaw<{ what: string; count: number; examples: Json[] }[]>`
    select 'whole ' || "what" as what, count(*)::int as count,
      to_jsonb((array_agg("id" order by "id"))[1:${EXAMPLES}::int]) as examples
    from (
      select 'scripts' as "what", "id", 'Script' as "table" from guidance."Script"
      union all
      select 'runs', "id", 'ScriptRun' from guidance."ScriptRun"
    ) as legacy
    where not exists (
      select from backfill."BackfillIdMap" as moved
      where moved."backfill" = 'guidance' and moved."legacyTable" = legacy."table" and moved."legacyId" = legacy."id")
    group by 1
    order by 1 desc`;
}

async function describeQuarantined(tx: ReadTx): Promise<Loss[]> {
  const rows = await tx.$queryRaw<{ what: string; count: number; examples: Json[] }[]>`
    select "legacyTable" || ' (' || "code" || ')' as what, count(*)::int as count,
      to_jsonb((array_agg("legacyId" order by "legacyId"))[1:${EXAMPLES}::int]) as examples
    from backfill."BackfillQuarantine"
    where "backfill" = 'guidance' and "status" <> 'RESOLVED'
    group by 1
    order by 1`;
  return rows;
}

/** What people and agents did to moved scripts and runs on the canonical side since they were moved. */
export async function describeNativeWrites(tx: ReadTx): Promise<Loss[]> {
  const edits = await tx.$queryRaw<{ count: number; examples: Json[] | null }[]>`
    select count(*)::int as count, to_jsonb((array_agg(distinct command."scriptId"))[1:${EXAMPLES}::int]) as examples
    from backfill."BackfillIdMap" as moved
    join scripts."ScriptCommand" as command
      on command."tenantId" = moved."tenantId" and command."scriptId" = moved."newId"
    where moved."backfill" = 'guidance' and moved."kind" = 'script' and command."actorType" <> 'BACKFILL'`;
  const runs = await tx.$queryRaw<{ count: number; examples: Json[] | null }[]>`
    select count(*)::int as count, to_jsonb((array_agg(run."id"))[1:${EXAMPLES}::int]) as examples
    from backfill."BackfillIdMap" as moved
    join scripts."ScriptRun" as run on run."tenantId" = moved."tenantId" and run."scriptId" = moved."newId"
    where moved."backfill" = 'guidance' and moved."kind" = 'script'
      and not exists (
        select from backfill."BackfillIdMap" as own
        where own."backfill" = 'guidance' and own."kind" = 'run'
          and own."tenantId" = run."tenantId" and own."newId" = run."id"
          and (own."factsJson" ->> 'logLength')::int = run."logLength")`;
  return [
    { what: "edits of moved scripts", ...first(edits) },
    { what: "runs that began or went on", ...first(runs) },
  ];
}

function first(rows: readonly { count: number; examples: Json[] | null }[]): Omit<Loss, "what"> {
  return { count: rows[0]!.count, examples: rows[0]!.examples ?? [] };
}
