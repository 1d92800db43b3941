import type { ClientBase } from "pg";
import type { LegacyDataOptions } from "./makeLegacy.ts";
import { makeLegacy } from "./makeLegacy.ts";
import type { Planted } from "./traps/trapContext.ts";

/** Rows that are sent at once. */
const CHUNK = 5_000;

export interface GeneratedLegacy {
  readonly manifest: readonly Planted[];
  /** Rows by table. */
  readonly counts: { readonly [table: string]: number };
}

/**
 * Fills the legacy tables, which must exist, and says what was planted. Memory stays flat: rows go to the
 * database in chunks as they are made. In one transaction; LARGE, 1.3 million rows, took 106 s on two busy cores.
 */
export async function generateLegacy(
  client: ClientBase,
  options: LegacyDataOptions,
): Promise<GeneratedLegacy> {
  const manifest: Planted[] = [];
  const counts: Record<string, number> = {};
  const waiting = new Map<TableName, Row[]>();
  const flush = async (table: TableName): Promise<void> => {
    const rows = waiting.get(table) ?? [];
    waiting.delete(table);
    if (rows.length > 0) await insertRows(client, table, rows);
  };
  const add = async (table: TableName, rows: readonly object[]): Promise<void> => {
    counts[table] = (counts[table] ?? 0) + rows.length;
    const list = waiting.get(table) ?? [];
    waiting.set(table, list);
    for (const row of rows) list.push(row as Row);
    if (list.length >= CHUNK) await flush(table);
  };
  await client.query("begin");
  try {
    for (const piece of makeLegacy(options, manifest)) {
      if (piece.kind === "stray") {
        await add(piece.stray.table, [piece.stray.row]);
        continue;
      }
      const { row, versions, runs } = piece.script;
      await add("Script", [row]);
      await add(
        "ScriptVersion",
        versions.map((version) => version.row),
      );
      await add(
        "ScriptNode",
        versions.flatMap(({ nodes }) => nodes),
      );
      await add(
        "ScriptEdge",
        versions.flatMap(({ edges }) => edges),
      );
      await add(
        "ScriptVariable",
        versions.flatMap(({ variables }) => variables),
      );
      await add(
        "ScriptRun",
        runs.map((run) => run.row),
      );
      await add(
        "ScriptAnswer",
        runs.flatMap(({ answers }) => answers),
      );
    }
    for (const table of Object.keys(TABLES) as TableName[]) await flush(table);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
  await client.query(
    Object.keys(TABLES)
      .map((table) => `analyze guidance."${table}"`)
      .join("; "),
  );
  return { manifest, counts };
}

type TableName = keyof typeof TABLES;
type Row = { readonly [column: string]: unknown };

/** How a column travels: as itself, as text that is cast, or a list as JSON text, which unnest would flatten. */
type Kind = "text" | "int4" | "bool" | "json" | "jsonb" | "time" | "list" | "nodeType";

const TABLES = {
  Script: {
    id: "text",
    tenantId: "text",
    key: "text",
    title: "text",
    description: "text",
    tags: "list",
    latestVersion: "int4",
    createdAt: "time",
    updatedAt: "time",
  },
  ScriptVersion: {
    id: "text",
    scriptId: "text",
    version: "int4",
    status: "text",
    entryNodeId: "text",
    notes: "text",
    createdAt: "time",
    publishedAt: "time",
  },
  ScriptNode: {
    id: "text",
    scriptVersionId: "text",
    key: "text",
    type: "nodeType",
    title: "text",
    prompt: "text",
    uiSchema: "jsonb",
    config: "json",
    orderIndex: "int4",
  },
  ScriptEdge: {
    id: "text",
    scriptVersionId: "text",
    fromNodeId: "text",
    toNodeId: "text",
    condition: "jsonb",
  },
  ScriptVariable: {
    id: "text",
    scriptVersionId: "text",
    key: "text",
    type: "text",
    enumValues: "list",
    defaultVal: "text",
    required: "bool",
  },
  ScriptRun: {
    id: "text",
    tenantId: "text",
    scriptId: "text",
    scriptVersion: "int4",
    subjectSchema: "text",
    subjectModel: "text",
    subjectId: "text",
    startedByUserId: "text",
    startedAt: "time",
    completedAt: "time",
    state: "jsonb",
  },
  ScriptAnswer: { id: "text", runId: "text", nodeKey: "text", value: "json", answeredAt: "time" },
} as const satisfies { readonly [table: string]: { readonly [column: string]: Kind } };

async function insertRows(client: ClientBase, table: TableName, rows: readonly Row[]): Promise<void> {
  const columns = Object.entries<Kind>(TABLES[table]);
  const names = columns.map(([name]) => `"${name}"`).join(", ");
  const values = columns.map(([name, kind]) => fromText(`given."${name}"`, kind)).join(", ");
  const arrays = columns.map(([, kind], place) => `$${place + 1}::${arrayTypeOf(kind)}[]`).join(", ");
  const sql = `insert into guidance."${table}" (${names}) select ${values} from unnest(${arrays}) as given (${names})`;
  await client.query(
    sql,
    columns.map(([name, kind]) =>
      rows.map((row) => (kind === "list" ? JSON.stringify(row[name]) : row[name])),
    ),
  );
}

function arrayTypeOf(kind: Kind): string {
  return kind === "int4" || kind === "bool" ? kind : "text";
}

function fromText(column: string, kind: Kind): string {
  switch (kind) {
    case "json":
    case "jsonb":
      return `${column}::${kind}`;
    case "nodeType":
      return `${column}::guidance."ScriptNodeType"`;
    case "list":
      return `array(select jsonb_array_elements_text(${column}::jsonb))`;
    case "time":
      return `case when ${column} like '%infinity' then ${column}::timestamp
        else timestamp 'epoch' + ${column}::bigint * interval '1 millisecond' end`;
    default:
      return column;
  }
}
