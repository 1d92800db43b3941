import { parse } from "libpg-query";
import { lintStatement, type Node, type Statement } from "./lintStatement.ts";

export interface MigrationFile {
  /** Name of its folder. One that ends the life of something has _contract in it. */
  readonly name: string;
  readonly sql: string;
}

export interface MigrationFinding {
  /** 20261121000000_scripts_core_init:12 */
  readonly at: string;
  readonly rule: MigrationRule;
  readonly message: string;
}

export type MigrationRule =
  | "syntax"
  | "backfill"
  | "drop"
  | "rename"
  | "blocking_index"
  | "concurrent_index"
  | "rewrite"
  | "not_null"
  | "unvalidated"
  | "never_validated";

/**
 * Reads migrations in order with PostgreSQL's own parser and finds what must not be done to tables that hold
 * data while others read and write them. A new table is empty: there everything goes, in the same migration.
 *
 * `-- lint: allow <rule>: <why>` above a statement excuses that statement from that rule.
 */
export async function lintMigrations(migrations: readonly MigrationFile[]): Promise<MigrationFinding[]> {
  const findings: MigrationFinding[] = [];
  const tables = new Set<string>();
  /** Constraints that wait for their validation, with the place that made them. */
  const waiting = new Map<string, string>();
  for (const migration of migrations) {
    const statements = await parseMigration(migration);
    if ("message" in statements) findings.push(statements);
    else findings.push(...lintMigration(migration, statements, { tables, waiting }));
  }
  for (const [constraint, at] of waiting)
    findings.push({
      at,
      rule: "never_validated",
      message: `${constraint} is NOT VALID and no later migration validates it.`,
    });
  return findings;
}

interface History {
  readonly tables: Set<string>;
  readonly waiting: Map<string, string>;
}

function lintMigration(
  migration: MigrationFile,
  statements: readonly Placed[],
  history: History,
): MigrationFinding[] {
  const findings: MigrationFinding[] = [];
  const created = new Set<string>();
  const isContract = migration.name.includes("_contract");
  for (const { statement, at, allowed } of statements) {
    const outcome = lintStatement(statement, { isOld: (table) => history.tables.has(table), isContract });
    for (const table of outcome.created) created.add(table);
    for (const { rule, message } of outcome.findings)
      if (!allowed.has(rule)) findings.push({ at, rule, message });
    for (const constraint of outcome.validated) {
      if (history.waiting.get(constraint)?.startsWith(`${migration.name}:`) && !allowed.has("unvalidated"))
        findings.push({
          at,
          rule: "unvalidated",
          message: `${constraint} is validated in the migration that adds it, so the table stays locked meanwhile. Validate it in the next one.`,
        });
      history.waiting.delete(constraint);
    }
    for (const constraint of outcome.notValid) history.waiting.set(constraint, at);
  }
  for (const table of created) history.tables.add(table);
  return findings;
}

interface Placed {
  readonly statement: Statement;
  readonly at: string;
  readonly allowed: ReadonlySet<string>;
}

const ALLOW = /--\s*lint:\s*allow\s+(\w+):\s*\S/g;

async function parseMigration({ name, sql }: MigrationFile): Promise<Placed[] | MigrationFinding> {
  // The parser counts bytes.
  const bytes = Buffer.from(sql);
  try {
    const { stmts = [] } = (await parse(sql)) as {
      stmts?: { stmt: Node; stmt_location?: number; stmt_len?: number }[];
    };
    let end = 0;
    return stmts.map(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
      const to = length === undefined ? bytes.length : from + length;
      const around = bytes.subarray(end, to).toString();
      end = to;
      const line = lineOf(
        bytes.subarray(0, from).toString() + leadingComments(bytes.subarray(from, to).toString()),
      );
      const [[kind, node]] = Object.entries(stmt) as [[string, Node]];
      return {
        statement: { kind, node },
        at: `${name}:${line}`,
        allowed: new Set([...around.matchAll(ALLOW)].map(([, rule]) => rule!)),
      };
    });
  } catch (error) {
    return { at: `${name}:1`, rule: "syntax", message: String(error) };
  }
}

function lineOf(before: string): number {
  return before.split("\n").length;
}

function leadingComments(text: string): string {
  return /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*/.exec(text)![0];
}
