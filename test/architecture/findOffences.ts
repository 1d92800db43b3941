import { posix } from "node:path";
import { EDIT_PATHS } from "./editPaths.ts";
import { findImports, type Import } from "./findImports.ts";
import { MOVES, PURE_FOLDERS, rowOf } from "./layers.ts";
import { maskSource } from "./maskSource.ts";
import { offenceAt, type Offence, type Source, type SourceFile } from "./offence.ts";
import { sqlOffences } from "./sqlRules.ts";
import { TEXT_RULES } from "./textRules.ts";

/** Finds what breaks the rules of src/ARCHITECTURE.md in a set of source files. Reads nothing but its input. */
export function findOffences(files: readonly SourceFile[]): Offence[] {
  return files.flatMap((file) => {
    const source = { ...file, ...maskSource(file.text), folder: folderOf(file.path) };
    if (rowOf(source.folder) === undefined)
      return [
        offenceAt(source, 0, "unknown_folder", "Give this folder a row in test/architecture/layers.ts."),
      ];
    const offences = [
      ...findImports(source).flatMap((found) => importOffences(source, found)),
      ...textOffences(source),
      ...sqlOffences(source),
    ];
    return offences.filter(({ rule }) => source.folder !== MOVES || !LEFT_TO_MOVES.has(rule));
  });
}

/** The folder that a path of the project lies in: one of src, or the moves of legacy data. */
function folderOf(path: string): string {
  const [top, folder = ""] = path.split("/");
  return top === "src" ? folder : top === MOVES ? MOVES : "";
}

/** Moves speak to tables of other systems, as their owner. To scripts they lead by the same doors as everything. */
const LEFT_TO_MOVES: ReadonlySet<Offence["rule"]> = new Set([
  "raw_sql",
  "unsafe_sql",
  "sql_write",
  "sql_read_only",
  "driver_import",
  "ddl",
]);

function importOffences(source: Source, found: Import): Offence[] {
  const { specifier, offset } = found;
  if (specifier === undefined)
    return [
      offenceAt(
        source,
        offset,
        "computed_import",
        "A computed import cannot be checked. Write its path out.",
      ),
    ];
  if (!specifier.startsWith(".")) return packageOffences(source, specifier, offset);
  const target = posix.normalize(posix.join(posix.dirname(source.path), specifier));
  const wrongWay = directionOffences(source, target, offset);
  return wrongWay.length > 0 || found.isType ? wrongWay : editPathOffences(source, target, offset);
}

function editPathOffences(source: Source, target: string, offset: number): Offence[] {
  const guarded = EDIT_PATHS.find(({ path }) => path.test(target));
  if (!guarded || guarded.callers.includes(source.folder)) return [];
  return [
    offenceAt(
      source,
      offset,
      "edit_path",
      `${target} writes scripts. Edits go through submit, which src/main hands down.`,
    ),
  ];
}

function directionOffences(source: Source, target: string, offset: number): Offence[] {
  const folder = folderOf(target);
  if (folder !== "" && folder === source.folder) return [];
  // package.json and the like: data beside the code.
  if (folder === "" && !target.startsWith("test/") && target.endsWith(".json")) return [];
  const row = rowOf(folder);
  if (row !== undefined && row > rowOf(source.folder)!) return [];
  return [offenceAt(source, offset, "direction", `${source.folder} may not import ${target}.`)];
}

function packageOffences(source: Source, specifier: string, offset: number): Offence[] {
  const allowed = PURE_FOLDERS[source.folder];
  if (allowed && !allowed.includes(specifier))
    return [
      offenceAt(source, offset, "pure_import", `${source.folder} is pure and may not import ${specifier}.`),
    ];
  if (/^(?:node:)?process$/.test(specifier) && source.folder !== "main")
    return [offenceAt(source, offset, "environment", "Settings are read in src/main only.")];
  if (DRIVERS.test(specifier) && source.folder !== "db")
    return [offenceAt(source, offset, "driver_import", "Only src/db speaks to the driver. Use Prisma.")];
  return [];
}

/** What speaks to PostgreSQL by itself. pg-boss does too: it writes its own schema and nothing else. */
const DRIVERS = /^(?:pg|pg-(?:native|pool|cursor|query-stream|copy-streams)|postgres|@prisma\/.*)(?:\/|$)/;

function textOffences(source: Source): Offence[] {
  return TEXT_RULES.filter(({ allowedIn }) => !allowedIn(source)).flatMap(
    ({ rule, pattern, within, message }) =>
      [...source[within].matchAll(pattern)].map(({ index }) => offenceAt(source, index, rule, message)),
  );
}
