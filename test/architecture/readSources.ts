import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "./offence.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Every source file of the service that was written by hand. */
export function readSources(): SourceFile[] {
  return globSync(["src/**/*.{ts,mjs}", "migrations-backfill/**/*.ts"], { cwd: ROOT })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !path.startsWith("src/db/generated/"))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(ROOT + path, "utf8") }));
}
