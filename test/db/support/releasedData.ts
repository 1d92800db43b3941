import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Client } from "pg";

export const RELEASED_FOLDER = fileURLToPath(new URL("../released/", import.meta.url));

/**
 * What a release had written into its tables: some scripts edited, committed, published, rolled back and archived, one
 * that its worker had not come to, and then every row of schema scripts as to_jsonb shows it. Recorded by the code of
 * that release, with test/db/recordRelease.ts.
 */
export interface ReleasedData {
  /** The last migration of that release. */
  readonly migration: string;
  /** Rows by table of schema scripts. */
  readonly tables: ReadonlyMap<string, readonly Row[]>;
}

type Row = Readonly<Record<string, unknown>>;

/** Every file of test/db/released. */
export function readReleasedData(): ReleasedData[] {
  return readdirSync(RELEASED_FOLDER)
    .filter((file) => file.endsWith(".ndjson"))
    .toSorted()
    .map((file) => ({
      migration: file.replace(/\.ndjson$/, ""),
      tables: toTables(readFileSync(RELEASED_FOLDER + file, "utf8")),
    }));
}

/** Reads what dumpReleasedData wrote: a line is a row. */
export function toTables(dump: string): ReleasedData["tables"] {
  const rows = dump
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { table: string; row: Row });
  return new Map(
    Object.entries(Object.groupBy(rows, ({ table }) => table)).map(([table, of = []]) => [
      table,
      of.map(({ row }) => row),
    ]),
  );
}

/** What is of a moment only: who is alive, tickets of a minute. */
const PASSING: ReadonlySet<string> = new Set(["ProcessHeartbeat", "EventTicket"]);

/** Every row that a database has in schema scripts, a line for each, as a file of test/db/released holds them. */
export async function dumpReleasedData(owner: Client): Promise<string> {
  const { rows: tables } = await owner.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'scripts' order by 1`,
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    if (PASSING.has(name)) continue;
    const { rows } = await owner.query<{ row: Row }>(
      `select to_jsonb(every) as row from scripts."${name}" every order by ${await keyOf(owner, name)}`,
    );
    lines.push(...rows.map(({ row }) => `${JSON.stringify({ table: name, row })}\n`));
  }
  return lines.join("");
}

/** Inserts the rows as a backup is restored: past triggers and foreign keys, in whatever order, and with sequences. */
export async function insertReleasedData(owner: Client, { tables }: ReleasedData): Promise<void> {
  for (const [table, rows] of tables) {
    const name = `scripts."${table}"`;
    const { rows: always } = await owner.query<{ trigger: string }>(
      `select tgname as trigger from pg_trigger where tgrelid = $1::regclass and tgenabled = 'A'`,
      [name],
    );
    await owner.query(`begin; alter table ${name} disable trigger all`);
    // A row that a migration puts there.
    await owner.query(`delete from ${name}`);
    await owner.query(`insert into ${name} select * from jsonb_populate_recordset(null::${name}, $1)`, [
      JSON.stringify(rows),
    ]);
    await owner.query(`alter table ${name} enable trigger all`);
    for (const { trigger } of always)
      await owner.query(`alter table ${name} enable always trigger "${trigger}"`);
    await owner.query("commit");
    await moveSequences(owner, table);
  }
}

async function moveSequences(owner: Client, table: string): Promise<void> {
  const { rows } = await owner.query<{ name: string; sequence: string }>(
    `select attname as name, pg_get_serial_sequence($1, attname) as sequence
     from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and pg_get_serial_sequence($1, attname) is not null`,
    [`scripts."${table}"`],
  );
  for (const { name, sequence } of rows)
    await owner.query(`select setval($1, (select max("${name}") from scripts."${table}"))`, [sequence]);
}

/** The same rows as the database has them now, with the members that the release knew. */
export async function readReleasedRows(
  owner: Client,
  { tables }: ReleasedData,
): Promise<ReleasedData["tables"]> {
  const found = new Map<string, readonly Row[]>();
  for (const [table, rows] of tables) {
    const key = (await keyOf(owner, table)).split(", ").map((column) => column.slice(1, -1));
    const isIt = key
      .map((column) => `to_jsonb(present) -> '${column}' = wanted -> '${column}'`)
      .join(" and ");
    const { rows: now } = await owner.query<{ row: Row }>(
      `select (
         select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(present)) where wanted ? key
       ) as row
       from jsonb_array_elements($1::jsonb) with ordinality as list (wanted, place)
       join scripts."${table}" present on ${isIt}
       order by place`,
      [JSON.stringify(rows)],
    );
    found.set(
      table,
      now.map(({ row }) => row),
    );
  }
  return found;
}

/** Columns of a table's primary key, as they are written in SQL. */
async function keyOf(owner: Client, table: string): Promise<string> {
  const { rows } = await owner.query<{ key: string }>(
    `select string_agg('"' || attname || '"', ', ' order by place) as key
     from pg_index
     cross join unnest(indkey) with ordinality as part (number, place)
     join pg_attribute on attrelid = indrelid and attnum = number
     where indrelid = $1::regclass and indisprimary`,
    [`scripts."${table}"`],
  );
  return rows[0]!.key;
}
