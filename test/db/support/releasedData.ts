import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Client } from "pg";

const FOLDER = fileURLToPath(new URL("../released/", import.meta.url));

/**
 * What a release had written into its tables. Recorded by the code of that release on a database of its own: some
 * scripts edited, committed, published, rolled back and archived, one that its worker had not come to, and then
 * every row of schema scripts as to_jsonb shows it, a table's rows in an order in which they can be inserted.
 */
export interface ReleasedData {
  /** The last migration of that release. */
  readonly migration: string;
  /** Rows by table of schema scripts, in the order in which they can be inserted. */
  readonly tables: ReadonlyMap<string, readonly Row[]>;
}

type Row = Readonly<Record<string, unknown>>;

/** Every file of test/db/released: a line is a row. */
export function readReleasedData(): ReleasedData[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".ndjson"))
    .toSorted()
    .map((file) => {
      const lines = readFileSync(FOLDER + file, "utf8")
        .trimEnd()
        .split("\n");
      const rows = lines.map((line) => JSON.parse(line) as { table: string; row: Row });
      return {
        migration: file.replace(/\.ndjson$/, ""),
        tables: new Map(
          Object.entries(Object.groupBy(rows, ({ table }) => table)).map(([table, of = []]) => [
            table,
            of.map(({ row }) => row),
          ]),
        ),
      };
    });
}

/** The materializer's tables take rows from its role alone. */
const WORKERS_TABLES: ReadonlySet<string> = new Set(["ScriptVersion", "ScriptAuditLog"]);

/** Inserts the rows past no trigger and no check, as the owner and the worker. */
export async function insertReleasedData(owner: Client, { tables }: ReleasedData): Promise<void> {
  for (const [table, rows] of tables) {
    // A script and its versions point to each other: the active version comes when it is there.
    const first = table === "Script" ? rows.map((row) => ({ ...row, activeVersionId: null })) : rows;
    await owner.query(WORKERS_TABLES.has(table) ? "set role script_worker" : "reset role");
    await owner.query(
      `insert into scripts."${table}" select * from jsonb_populate_recordset(null::scripts."${table}", $1)`,
      [JSON.stringify(first)],
    );
  }
  await owner.query("set role script_worker");
  await owner.query(
    `update scripts."Script" script set "activeVersionId" = wanted."activeVersionId"
     from jsonb_populate_recordset(null::scripts."Script", $1) wanted
     where script."tenantId" = wanted."tenantId" and script.id = wanted.id`,
    [JSON.stringify(tables.get("Script"))],
  );
  await owner.query("reset role");
}

/** The same rows as the database has them now, with the members that the release knew. */
export async function readReleasedRows(
  owner: Client,
  { tables }: ReleasedData,
): Promise<ReleasedData["tables"]> {
  const found = new Map<string, readonly Row[]>();
  for (const [table, rows] of tables) {
    const { rows: now } = await owner.query<{ row: Row }>(
      `select (
         select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(present)) where wanted ? key
       ) as row
       from jsonb_array_elements($1::jsonb) with ordinality as list (wanted, place)
       join scripts."${table}" present on to_jsonb(present) @> jsonb_build_object('tenantId', wanted -> 'tenantId')
         and (to_jsonb(present) ->> 'id') is not distinct from (wanted ->> 'id')
         and (to_jsonb(present) ->> 'scriptId') is not distinct from (wanted ->> 'scriptId')
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
