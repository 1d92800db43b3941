import { posix } from "node:path";
import { findImports, type Import } from "./findImports.ts";
import { PURE_FOLDERS, rowOf } from "./layers.ts";
import { maskSource, type MaskedSource } from "./maskSource.ts";

/** A file by its path from the project's folder, with forward slashes: src/log/readLog.ts. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Offence {
  readonly rule:
    | "direction"
    | "pure_import"
    | "pure_clock_or_chance"
    | "driver_import"
    | "computed_import"
    | "environment"
    | "raw_sql"
    | "sql_write"
    | "prisma_write"
    | "append_commands"
    | "unknown_folder";
  /** src/log/readLog.ts:12 */
  readonly at: string;
  readonly message: string;
}

interface Source extends SourceFile, MaskedSource {
  /** Folder of src that the file is in. */
  readonly folder: string;
}

/** Finds what breaks the rules of src/ARCHITECTURE.md in a set of source files. Reads nothing but its input. */
export function findOffences(files: readonly SourceFile[]): Offence[] {
  return files.flatMap((file) => {
    const source = { ...file, ...maskSource(file.text), folder: file.path.split("/")[1] ?? "" };
    if (rowOf(source.folder) === undefined)
      return [offence(source, 0, "unknown_folder", "Give this folder a row in test/architecture/layers.ts.")];
    return [
      ...findImports(source).flatMap((found) => importOffences(source, found)),
      ...textOffences(source),
    ];
  });
}

function importOffences(source: Source, found: Import): Offence[] {
  const { specifier, offset } = found;
  if (specifier === undefined)
    return [
      offence(source, offset, "computed_import", "A computed import cannot be checked. Write its path out."),
    ];
  return specifier.startsWith(".")
    ? directionOffences(source, specifier, offset)
    : packageOffences(source, specifier, offset);
}

function directionOffences(source: Source, specifier: string, offset: number): Offence[] {
  const target = posix.normalize(posix.join(posix.dirname(source.path), specifier));
  const [top, folder = ""] = target.split("/");
  if (top === "src" && folder === source.folder) return [];
  // package.json and the like: data beside the code.
  if (top !== "src" && !target.startsWith("test/") && target.endsWith(".json")) return [];
  const row = top === "src" ? rowOf(folder) : undefined;
  if (row !== undefined && row > rowOf(source.folder)!) return [];
  return [offence(source, offset, "direction", `${source.folder} may not import ${target}.`)];
}

function packageOffences(source: Source, specifier: string, offset: number): Offence[] {
  const allowed = PURE_FOLDERS[source.folder];
  if (allowed && !allowed.includes(specifier))
    return [
      offence(source, offset, "pure_import", `${source.folder} is pure and may not import ${specifier}.`),
    ];
  if (/^(?:node:)?process$/.test(specifier) && source.folder !== "main")
    return [offence(source, offset, "environment", "Settings are read in src/main only.")];
  if (specifier === "pg" && source.folder !== "db")
    return [offence(source, offset, "driver_import", "Only src/db speaks to the driver. Use Prisma.")];
  return [];
}

const PURE = Object.keys(PURE_FOLDERS);

interface TextRule {
  readonly rule: Offence["rule"];
  readonly pattern: RegExp;
  /** code keeps texts, such as SQL; bare has none. */
  readonly within: keyof MaskedSource;
  readonly allowedIn: (source: Source) => boolean;
  readonly message: string;
}

/** What must not stand in code, and where it may stand all the same. */
const TEXT_RULES: readonly TextRule[] = [
  {
    rule: "environment",
    pattern: /\bprocess\s*(?:(?:\?\.|\.)\s*env\b|\[)|\benv\b[^;]*\}\s*=\s*process\b/g,
    within: "bare",
    allowedIn: ({ folder }) => folder === "main",
    message: "Settings are read in src/main only. Take this one as an argument.",
  },
  {
    rule: "raw_sql",
    pattern: /\$executeRaw\w*/g,
    within: "bare",
    allowedIn: () => false,
    message: "No raw SQL writes. Use the Prisma model API inside a transaction.",
  },
  {
    rule: "raw_sql",
    pattern: /\$queryRaw\w*/g,
    within: "bare",
    allowedIn: ({ path }) => path.endsWith(".sql.ts"),
    message: "Raw SQL lives in files named *.sql.ts.",
  },
  {
    rule: "sql_write",
    pattern:
      /\b(?:insert\s+into|delete\s+from|merge\s+into|truncate\s+(?:table\s+)?["\w]|update\s+(?:only\s+)?[\w".]+(?:\s+(?:as\s+)?\w+)?\s+set)\b/gi,
    within: "code",
    allowedIn: () => false,
    message: "No raw SQL writes. Use the Prisma model API; the log is written by scripts.append_commands.",
  },
  {
    rule: "prisma_write",
    // Whatever is not a read, so that a model that is kept in a variable to be written later is found too.
    pattern: /\.\s*(?:scriptVersion|scriptAuditLog)\b(?!\s*\??\.\s*(?:find\w+|count|aggregate|groupBy)\b)/g,
    within: "bare",
    allowedIn: ({ folder }) => folder === "materializer",
    message: "Only src/materializer writes versions and audit rows.",
  },
  {
    rule: "prisma_write",
    pattern: /\.\s*(?:script|scriptStream)\s*\??\.\s*(?:create|update|upsert|delete)\w*/g,
    within: "bare",
    allowedIn: ({ folder }) => folder === "materializer",
    message:
      "Heads and listings move with the log; only the materializer's own columns are written by Prisma.",
  },
  {
    rule: "prisma_write",
    pattern: /\.\s*scriptCommand\b(?!\s*\??\.\s*(?:find\w+|count|aggregate|groupBy)\b)/g,
    within: "bare",
    allowedIn: () => false,
    message: "The log is written by scripts.append_commands alone.",
  },
  {
    rule: "append_commands",
    // "append_commands(jsonb)" names the function, as grants and look-ups do; it does not call it.
    pattern: /\bappend_commands\b["\s]*\((?!\s*jsonb\b)/g,
    within: "code",
    allowedIn: ({ folder }) => folder === "log",
    message: "Only src/log calls scripts.append_commands.",
  },
  {
    rule: "pure_clock_or_chance",
    pattern:
      /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|[;,)])|\bMath\s*\.\s*random\b|\bperformance\b|\bcrypto\b|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\s*\(/g,
    within: "bare",
    // The kernel makes the ids. The rest is handed time and ids, or a replay would differ from the original.
    allowedIn: ({ folder }) => folder === "kernel" || !PURE.includes(folder),
    message: "No clock, no chance and no waiting in the pure core. Take the value as a fact.",
  },
];

function textOffences(source: Source): Offence[] {
  return TEXT_RULES.filter(({ allowedIn }) => !allowedIn(source)).flatMap(
    ({ rule, pattern, within, message }) =>
      [...source[within].matchAll(pattern)].map(({ index }) => offence(source, index, rule, message)),
  );
}

function offence(source: SourceFile, offset: number, rule: Offence["rule"], message: string): Offence {
  return { rule, at: `${source.path}:${source.text.slice(0, offset).split("\n").length}`, message };
}
