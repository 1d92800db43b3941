import type { MigrationRule } from "./lintMigrations.ts";

/** A node of PostgreSQL's parse tree, read by the names of its members. */
// eslint-disable-next-line typescript/no-explicit-any
export type Node = { readonly [member: string]: any };

export interface Statement {
  /** IndexStmt, AlterTableStmt, ... */
  readonly kind: string;
  readonly node: Node;
}

interface Context {
  /** Whether an earlier migration made the table: it may hold data. */
  readonly isOld: (table: string) => boolean;
  /** Whether the migration may end the life of something. */
  readonly isContract: boolean;
}

export interface StatementOutcome {
  readonly findings: readonly { readonly rule: MigrationRule; readonly message: string }[];
  /** Tables that the statement makes. */
  readonly created: readonly string[];
  /** Constraints that it adds as NOT VALID, and those that it validates: table.constraint. */
  readonly notValid: readonly string[];
  readonly validated: readonly string[];
}

type Finding = StatementOutcome["findings"][number];

/** What one statement of a migration does that it must not, and what later statements need to know of it. */
export function lintStatement({ kind, node }: Statement, context: Context): StatementOutcome {
  const table = node["relation"] ? nameOf(node["relation"]) : "";
  const commands: Node[] =
    kind === "AlterTableStmt" ? node["cmds"].map((entry: Node) => entry["AlterTableCmd"]) : [];
  return {
    findings: [
      ...lintData(kind, node),
      ...lintDrop(kind, node, context),
      ...lintIndex(kind, node, table, context),
      ...lintEnum(kind, node),
      ...lintLock(kind),
      ...commands.flatMap((command) => lintAlter(command, table, context)),
    ],
    created:
      kind === "CreateStmt" || kind === "CreateTableAsStmt"
        ? [kind === "CreateStmt" ? table : nameOf(node["into"]["rel"])]
        : [],
    notValid: commands.filter(isNotValid).map((command) => `${table}.${constraintOf(command)["conname"]}`),
    validated: commands
      .filter(({ subtype }) => subtype === "AT_ValidateConstraint")
      .map(({ name }) => `${table}.${name}`),
  };
}

const DATA: ReadonlySet<string> = new Set([
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CopyStmt",
  "TruncateStmt",
  "CreateTableAsStmt",
  "CallStmt",
]);
/** Also by a function: nobody sees here what it does. */
const WRITES_DATA =
  /\b(?:insert\s+into|update\s+[\w".]+\s+set|delete\s+from|merge\s+into|truncate|copy|perform|call)\b/i;

/** What a block of code does, as far as its text says. */
function textOf(kind: string, node: Node): string {
  return kind === "DoStmt" ? String(node["args"][0]["DefElem"]["arg"]["String"]["sval"]) : "";
}

function lintData(kind: string, node: Node): Finding[] {
  // A plain select calls a function for what it does; one with a writing part says so.
  const writes = DATA.has(kind) || kind === "SelectStmt" || WRITES_DATA.test(textOf(kind, node));
  if (!writes) return [];
  return [
    {
      rule: "backfill",
      message:
        "Data is moved by migrations-backfill, in small resumable steps, and not while the schema is locked.",
    },
  ];
}

const DROPPED: { readonly [type: string]: string } = {
  OBJECT_TABLE: "a table",
  OBJECT_SCHEMA: "a schema",
  OBJECT_TYPE: "a type",
  OBJECT_VIEW: "a view",
  OBJECT_SEQUENCE: "a sequence",
};

function lintDrop(kind: string, node: Node, { isContract }: Context): Finding[] {
  if (
    kind === "RenameStmt" &&
    ["OBJECT_TABLE", "OBJECT_COLUMN", "OBJECT_TYPE", "OBJECT_SCHEMA"].includes(node["renameType"])
  )
    return [
      {
        rule: "rename",
        message: "The release before this one still uses the old name. Add the new one beside it.",
      },
    ];
  const what =
    kind === "DropStmt"
      ? DROPPED[node["removeType"]]
      : kind === "DropOwnedStmt"
        ? "what a role owns"
        : /\bdrop\s+(table|schema|type|view|sequence|column)\b/i.exec(textOf(kind, node))?.[1];
  return what === undefined || isContract ? [] : [dropped(what)];
}

function dropped(what: string): Finding {
  return {
    rule: "drop",
    message: `The release before this one still uses what is there. Drop ${what} in a migration of its own, later, named ..._contract_....`,
  };
}

function lintIndex(kind: string, node: Node, table: string, { isOld }: Context): Finding[] {
  if (kind !== "IndexStmt") return [];
  if (node["concurrent"])
    return [
      {
        rule: "concurrent_index",
        message:
          "A migration runs in one transaction, where CONCURRENTLY is refused. Build the index before, by hand, and say IF NOT EXISTS here.",
      },
    ];
  // Built beforehand, concurrently, it is found and nothing is locked.
  if (!isOld(table) || node["if_not_exists"]) return [];
  return [blockingIndex(table)];
}

function blockingIndex(table: string): Finding {
  return {
    rule: "blocking_index",
    message: `Nobody can write to ${table} while the index is built. Build it concurrently beforehand and say IF NOT EXISTS here, or say why it is quick: -- lint: allow blocking_index: ...`,
  };
}

function lintEnum(kind: string, node: Node): Finding[] {
  if (kind !== "AlterEnumStmt" || !node["oldVal"]) return [];
  return [
    {
      rule: "rename",
      message: "The release before this one still uses the old value. Add the new one beside it.",
    },
  ];
}

/** Statements that hold a whole table for as long as they take. */
const LOCKING: ReadonlySet<string> = new Set(["LockStmt", "ClusterStmt", "VacuumStmt", "ReindexStmt"]);

function lintLock(kind: string): Finding[] {
  if (!LOCKING.has(kind)) return [];
  return [{ rule: "rewrite", message: "A table is locked or written anew. Do it by hand, at a quiet time." }];
}

function lintAlter(command: Node, table: string, { isOld, isContract }: Context): Finding[] {
  if (!isOld(table)) return [];
  switch (command["subtype"]) {
    case "AT_DropColumn":
      return isContract ? [] : [dropped(`column ${table}.${command["name"]}`)];
    case "AT_AlterColumnType":
    case "AT_SetLogged":
    case "AT_SetUnLogged":
    case "AT_SetTableSpace":
    case "AT_SetAccessMethod":
      return [
        {
          rule: "rewrite",
          message: `This may rewrite ${table} under a lock. For another type add a column, fill it, move over.`,
        },
      ];
    case "AT_SetNotNull":
      return [
        {
          rule: "not_null",
          message: `All of ${table} is read under a lock. Add CHECK (... IS NOT NULL) NOT VALID, validate it, then set NOT NULL with "-- lint: allow not_null: ...".`,
        },
      ];
    case "AT_AddColumn":
      return lintNewColumn(command["def"]["ColumnDef"], table);
    case "AT_AddConstraint":
      return lintNewConstraint(constraintOf(command), table);
    default:
      return [];
  }
}

function lintNewColumn(column: Node, table: string): Finding[] {
  const constraints: Node[] = (column["constraints"] ?? []).map((entry: Node) => entry["Constraint"]);
  const kinds = new Set(constraints.map(({ contype }) => contype));
  const fallback = constraints.find(({ contype }) => contype === "CONSTR_DEFAULT");
  const place = `${table}.${column["colname"]}`;
  const findings: Finding[] = [];
  if (
    kinds.has("CONSTR_NOTNULL") &&
    !fallback &&
    !kinds.has("CONSTR_IDENTITY") &&
    !kinds.has("CONSTR_GENERATED")
  )
    findings.push({
      rule: "not_null",
      message: `${place} has no value for the rows that are there, and the release before this one gives none. Add a default.`,
    });
  if (
    kinds.has("CONSTR_IDENTITY") ||
    kinds.has("CONSTR_GENERATED") ||
    (fallback && isVolatile(fallback["raw_expr"]))
  )
    findings.push({
      rule: "rewrite",
      message: `${place} gets another value in each row, so the table is rewritten under a lock. Add it without, then fill it.`,
    });
  if (kinds.has("CONSTR_UNIQUE") || kinds.has("CONSTR_PRIMARY")) findings.push(blockingIndex(table));
  return findings;
}

/** Functions that give one value for a whole statement, which PostgreSQL keeps once and not in each row. */
const STABLE: ReadonlySet<string> = new Set(["now", "current_setting"]);

function isVolatile(expression: Node): boolean {
  const called = JSON.stringify(expression).matchAll(
    /"funcname":\[(?:\{"String":\{"sval":"pg_catalog"\}\},)?\{"String":\{"sval":"(\w+)"/g,
  );
  return [...called].some(([, name]) => !STABLE.has(name!));
}

function lintNewConstraint(constraint: Node, table: string): Finding[] {
  const { contype, indexname, skip_validation: isSkipped } = constraint;
  if (["CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_EXCLUSION"].includes(contype))
    return indexname ? [] : [blockingIndex(table)];
  if (["CONSTR_FOREIGN", "CONSTR_CHECK"].includes(contype) && !isSkipped)
    return [
      {
        rule: "unvalidated",
        message: `All of ${table} is read under a lock. Add ${constraint["conname"]} as NOT VALID and validate it in a later migration.`,
      },
    ];
  return [];
}

function constraintOf(command: Node): Node {
  return command["def"]["Constraint"];
}

function isNotValid(command: Node): boolean {
  return command["subtype"] === "AT_AddConstraint" && constraintOf(command)["skip_validation"] === true;
}

function nameOf(relation: Node): string {
  return `${relation["schemaname"] ?? "public"}.${relation["relname"]}`;
}
