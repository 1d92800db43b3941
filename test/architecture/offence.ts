import type { MaskedSource } from "./maskSource.ts";

/** A file by its path from the project's folder, with forward slashes: src/log/readLog.ts. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Source extends SourceFile, MaskedSource {
  /** Folder of src that the file is in. */
  readonly folder: string;
}

export interface Offence {
  readonly rule:
    | "direction"
    | "pure_import"
    | "pure_clock_or_chance"
    | "driver_import"
    | "prisma_client"
    | "computed_import"
    | "environment"
    | "raw_sql"
    | "unsafe_sql"
    | "sql_write"
    | "sql_read_only"
    | "sql_function"
    | "ddl"
    | "prisma_write"
    | "append_commands"
    | "edit_path"
    | "unknown_folder";
  /** src/log/readLog.ts:12 */
  readonly at: string;
  readonly message: string;
}

export function offenceAt(
  source: SourceFile,
  offset: number,
  rule: Offence["rule"],
  message: string,
): Offence {
  return { rule, at: `${source.path}:${source.text.slice(0, offset).split("\n").length}`, message };
}
