import { loadModule, parseSync } from "libpg-query";
import { findSqlTexts } from "./findSqlTexts.ts";
import { offenceAt, type Offence, type Source } from "./offence.ts";
import { SQL_WRITE } from "./textRules.ts";

await loadModule();

/** A node of PostgreSQL's parse tree, read by the names of its members. */
// eslint-disable-next-line typescript/no-explicit-any
type Node = { readonly [member: string]: any };

/** Statements that only read or lock, and speak of the session. */
const READS = new Set(["SelectStmt", "VariableShowStmt"]);
/** Beside these, src/db makes roles and databases: that is no write to a table of ours. */
const READS_OF_DB = new Set([
  ...READS,
  "VariableSetStmt",
  "TransactionStmt",
  "ListenStmt",
  "CreateRoleStmt",
  "AlterRoleStmt",
  "GrantStmt",
  "GrantRoleStmt",
  "CreatedbStmt",
]);
/** Statements of src/db that names are put into: of roles, databases and channels. */
const WITH_NAMES = /^\s*(?:create|alter)\s+(?:role|database)\b|^\s*listen\b/i;
/** Functions that write although a select calls them, or that run a statement given as a text. */
const WRITING_FUNCTIONS =
  /^(?:setval|nextval|lo_\w+|dblink\w*|pg_terminate_backend|pg_cancel_backend|pg_read_\w+|pg_ls_\w+|\w+_to_xml\w*|ts_stat|ts_rewrite)$/;
/** Functions of our schema that src calls. The door has a rule of its own. */
const CALLED_FUNCTIONS = new Set(["append_commands"]);

/** Statements of src that do not only read and lock, as PostgreSQL's own parser sees them. */
export function sqlOffences(source: Source): Offence[] {
  const reads = source.folder === "db" ? READS_OF_DB : READS;
  return findSqlTexts(source).flatMap(({ sql, offset, isPart }) => {
    // A part, or a statement in a constant, is not seen whole. A write is told by the rule sql_write wherever it stands.
    if (isPart || sql.trim() === "" || sql.search(SQL_WRITE) >= 0) return [];
    const tell = (rule: Offence["rule"], message: string): Offence =>
      offenceAt(source, offset, rule, message);
    const statements = parse(sql);
    if (!statements && source.folder === "db" && WITH_NAMES.test(sql)) return [];
    if (!statements)
      return [tell("sql_read_only", "PostgreSQL's parser does not read this. Only values are filled in.")];
    return statements.flatMap(([kind, node]) => [
      ...(reads.has(kind) ? [] : [tell("sql_read_only", `SQL in src reads and locks; this is a ${kind}.`)]),
      ...walk(node).flatMap(([name, inner]) => offendingNode(name, inner, tell)),
    ]);
  });
}

function offendingNode(
  name: string,
  node: Node,
  tell: (rule: Offence["rule"], message: string) => Offence,
): Offence[] {
  if (/^(?:Insert|Update|Delete|Merge)Stmt$/.test(name) || name === "intoClause")
    return [tell("sql_write", "No raw SQL writes. Use the Prisma model API.")];
  if (name !== "FuncCall") return [];
  const path: string[] = node["funcname"].map((part: Node) => part["String"]["sval"]);
  const called = path.at(-1)!;
  if (WRITING_FUNCTIONS.test(called))
    return [tell("sql_function", `${called} changes things; it may not be called from src.`)];
  if (path[0] !== "scripts" || CALLED_FUNCTIONS.has(called)) return [];
  return [
    tell(
      "sql_function",
      `scripts.${called} is called here. Only functions that test/architecture/sqlRules.ts names are.`,
    ),
  ];
}

/** Undefined: it is no SQL. Whatever is filled in counts as a value. */
function parse(sql: string): [string, Node][] | undefined {
  let place = 0;
  const text = fillIn(sql, () => `$${++place}`);
  try {
    const { stmts = [] } = parseSync(text) as { stmts?: { stmt?: Node }[] };
    return stmts.flatMap(({ stmt = {} }) => Object.entries(stmt));
  } catch {
    return undefined;
  }
}

/** Puts something into each `${...}` of a template. */
function fillIn(sql: string, value: () => string): string {
  let text = "";
  for (let at = 0; at < sql.length;) {
    if (!sql.startsWith("${", at)) text += sql[at++]!;
    else {
      let depth = 0;
      do {
        if (sql[at] === "{") depth++;
        else if (sql[at] === "}") depth--;
        at++;
      } while (depth > 0 || sql[at - 1] === "$");
      text += value();
    }
  }
  return text;
}

/** Every node below one, with the name of its member. */
function walk(node: unknown): [string, Node][] {
  if (node === null || typeof node !== "object") return [];
  return Object.entries(node).flatMap(([name, inner]): [string, Node][] =>
    inner === null || typeof inner !== "object" ? [] : [[name, inner as Node], ...walk(inner)],
  );
}
