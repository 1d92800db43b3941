import { globSync, readFileSync } from "node:fs";
import { ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import { Pool, type QueryResult } from "pg";
import { openSchemaEngine, type Adapter } from "../../src/db/schemaEngine.ts";
import { EXTERNAL_TABLES } from "../../prisma.config.ts";

/** PostgreSQL's type "char", of one byte, and text. */
const CHAR_OID = 18;
const TEXT_OID = 25;

/**
 * How the models of prisma/schema differ from the tables of a database, in the schema engine's words; undefined
 * when they do not. It sees tables, columns, keys, indexes and enums, and none of what Prisma cannot say.
 */
export async function diffSchema(
  url: string,
  files: readonly { readonly path: string; readonly content: string }[] = readModels(),
): Promise<string | undefined> {
  const pool = new Pool({ connectionString: url, max: 1 });
  const engine = await openSchemaEngine(pool, new Set(), (adapter) => withOneByteType(pool, adapter));
  try {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: "schemaDatasource", files: [...files], configDir: "." },
      to: { tag: "schemaDatamodel", files: [...files] },
      script: false,
      exitCode: true,
      filters: { externalTables: [...EXTERNAL_TABLES], externalEnums: [] },
    });
    return exitCode === 0 ? undefined : (stdout ?? "(no words)");
  } finally {
    engine.free();
    await pool.end();
  }
}

export function readModels(): { path: string; content: string }[] {
  return globSync("prisma/schema/*.prisma")
    .toSorted()
    .map((path) => ({ path, content: readFileSync(path, "utf8") }));
}

// The engine expects a character where a column is of type "char", as many of PostgreSQL's own catalog are, and
// its adapter refuses the type: the answer is read as text, and then called what it is.
function withOneByteType(pool: Pool, adapter: Adapter): Adapter {
  const places = new WeakMap<object, number[]>();
  const query = pool.query.bind(pool) as (...args: readonly unknown[]) => Promise<QueryResult>;
  Object.assign(pool, {
    query: async (...args: readonly unknown[]) => {
      const result = await query(...args);
      const found = result.fields.flatMap(({ dataTypeID }, index) =>
        dataTypeID === CHAR_OID ? [index] : [],
      );
      for (const index of found) result.fields[index]!.dataTypeID = TEXT_OID;
      places.set(result.rows, found);
      return result;
    },
  });
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (sql) => {
    const result = await queryRaw(sql);
    for (const index of places.get(result.rows) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  return adapter;
}
