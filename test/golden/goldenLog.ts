import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LogRow } from "../../src/log/logRow.ts";

export const GOLDEN_FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** One row of a recorded log, and the hashes of the state that it led to on the day it was recorded. */
export interface GoldenRow extends Omit<LogRow, "createdAt"> {
  /** ISO 8601. */
  readonly createdAt: string;
  readonly stateHash: string;
  readonly graphHash: string;
}

/** A recorded log of one script, from its first command. */
export interface GoldenLog {
  /** File name without extension. */
  readonly name: string;
  readonly rows: readonly GoldenRow[];
}

/** Every recorded log of this folder, by name. A line of a file is a row. */
export function readGoldenLogs(folder = GOLDEN_FOLDER): GoldenLog[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ndjson"))
    .toSorted()
    .map((file) => ({
      name: file.replace(/\.ndjson$/, ""),
      rows: readFileSync(join(folder, file), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as GoldenRow),
    }));
}

export function formatGoldenLog(rows: readonly GoldenRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
