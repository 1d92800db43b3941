import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../prisma/schema/", import.meta.url));

/** The models of scripts and of legacy tables. Those of schema backfill are the bookkeeping of moves. */
export function readModelNames(): string[] {
  return globSync("*.prisma", { cwd: FOLDER })
    .flatMap((file) => [...readFileSync(FOLDER + file, "utf8").matchAll(/^model (\w+) \{([\s\S]*?)^\}/gm)])
    .filter(([, , body]) => /@@schema\("(?:scripts|guidance)"\)/.test(body!))
    .map(([, name]) => name!)
    .toSorted();
}
