import type { ReadTx } from "../core/definition.ts";

/** Why nothing can be moved: the legacy tables are not there, or the move may not read them. */
export async function findObstacles(tx: ReadTx): Promise<string[]> {
  const [found] = await tx.$queryRaw<{ tables: number; readable: number }[]>`
    select count(*)::int as tables,
      count(*) filter (where has_schema_privilege(relation.relnamespace, 'usage')
        and has_table_privilege(relation.oid, 'select'))::int as readable
    from pg_class as relation
    join pg_namespace as namespace on namespace.oid = relation.relnamespace
    where namespace.nspname = 'guidance' and relation.relkind = 'r'
      and relation.relname in ('Script', 'ScriptVersion', 'ScriptNode', 'ScriptEdge', 'ScriptVariable', 'ScriptRun', 'ScriptAnswer')`;
  if (found!.tables < 7)
    return [
      'This database has no legacy tables (schema guidance). "backfill demo-data" makes some to try a move on.',
    ];
  if (found!.readable < 7)
    return [
      "script_worker may not read the legacy tables. As their owner: " +
        "GRANT USAGE ON SCHEMA guidance TO script_worker; GRANT SELECT ON ALL TABLES IN SCHEMA guidance TO script_worker;",
    ];
  return [];
}
