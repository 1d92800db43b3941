/** The tables that a move takes its rows from. */
export interface LegacyTables {
  /** Such as "guidance". */
  readonly schema: string;
  /** Their names, without the schema. */
  readonly tables: readonly string[];
}

/** SQL that lets nobody write to the tables any more, superusers and replication included. May be run again. */
export function freezeSql(legacy: LegacyTables): string {
  return forEach(
    legacy,
    (table) =>
      `DROP TRIGGER IF EXISTS "frozen" ON ${table};
       CREATE TRIGGER "frozen" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
         FOR EACH STATEMENT EXECUTE FUNCTION scripts.refuse_statement(
           'SC010', 'the legacy tables are being moved and are frozen.',
           'Use the canonical service, or wait until the move is over.');
       ALTER TABLE ${table} ENABLE ALWAYS TRIGGER "frozen";`,
  );
}

/** SQL that lets the tables take writes again. May be run again. */
export function thawSql(legacy: LegacyTables): string {
  return forEach(legacy, (table) => `DROP TRIGGER IF EXISTS "frozen" ON ${table};`);
}

function forEach({ schema, tables }: LegacyTables, sql: (table: string) => string): string {
  return tables.map((table) => sql(`"${schema}"."${table}"`)).join("\n");
}
