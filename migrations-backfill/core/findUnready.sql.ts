import type { ReadTx } from "./definition.ts";
import type { LegacyTables } from "./legacyTables.ts";

/** A legacy table as it stands in this database. */
interface TableState {
  readonly table: string;
  readonly isThere: boolean;
  readonly isReadable: boolean;
  readonly isFrozen: boolean;
}

async function readTables(tx: ReadTx, { schema, tables }: LegacyTables): Promise<TableState[]> {
  return tx.$queryRaw<TableState[]>`
    select asked."table",
      relation.oid is not null as "isThere",
      coalesce(has_schema_privilege(space.oid, 'usage') and has_table_privilege(relation.oid, 'select'), false) as "isReadable",
      exists (
        select from pg_trigger where tgrelid = relation.oid and tgname = 'frozen' and tgenabled = 'A'
      ) as "isFrozen"
    from unnest(${tables}::text[]) with ordinality as asked ("table", "place")
    left join pg_namespace as space on space.nspname = ${schema}
    left join pg_class as relation
      on relation.relnamespace = space.oid and relation.relname = asked."table" and relation.relkind in ('r', 'p')
    order by asked."place"`;
}

/** Legacy tables that are not in this database, in a sentence; none when all are. */
export async function findMissing(tx: ReadTx, legacy: LegacyTables): Promise<string[]> {
  return sayMissing(await readTables(tx, legacy), legacy);
}

/** What keeps a move from reading the legacy tables, in a sentence: they are not there, or not granted to it. */
export async function findUnreadable(tx: ReadTx, legacy: LegacyTables): Promise<string[]> {
  const tables = await readTables(tx, legacy);
  const missing = sayMissing(tables, legacy);
  if (missing.length > 0 || tables.every(({ isReadable }) => isReadable)) return missing;
  return ['The move may not read the legacy tables yet: "expand" lets it.'];
}

function sayMissing(tables: readonly TableState[], { schema }: LegacyTables): string[] {
  const missing = tables.filter(({ isThere }) => !isThere).map(({ table }) => `${schema}."${table}"`);
  return missing.length === 0 ? [] : [`This database has no legacy tables ${missing.join(", ")}.`];
}

/** Legacy tables that are there and take writes. */
export async function findUnfrozen(tx: ReadTx, legacy: LegacyTables): Promise<string[]> {
  const tables = await readTables(tx, legacy);
  return tables.filter(({ isThere, isFrozen }) => isThere && !isFrozen).map(({ table }) => table);
}
