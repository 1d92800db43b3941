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
  const sources = files.map((file) => ({ ...file, ...maskSource(file.text), folder: folderOf(file.path) }));
  const editPaths = findEditPaths(sources);
  return sources.flatMap((source) => {
    if (rowOf(source.folder) === undefined)
      return [
        offenceAt(source, 0, "unknown_folder", "Give this folder a row in test/architecture/layers.ts."),
      ];
    const offences = [
      ...findImports(source).flatMap((found) => importOffences(source, found, editPaths)),
      ...textOffences(source),
      ...sqlOffences(source),
    ];
    return distinct(offences).filter(({ rule }) => source.folder !== MOVES || !LEFT_TO_MOVES.has(rule));
  });
}

/** What two patterns of a rule see is told once. */
function distinct(offences: readonly Offence[]): Offence[] {
  return [...new Map(offences.map((offence) => [`${offence.rule} ${offence.at}`, offence])).values()];
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

/** Paths, URLs and aliases: what they lead to is not told by what they begin with. */
const ROUNDABOUT = /^(?:\/|#|\w+:(?<!node:))/;

function importOffences(source: Source, found: Import, editPaths: EditPaths): Offence[] {
  const { specifier, offset } = found;
  if (specifier === undefined || ROUNDABOUT.test(specifier))
    return [
      offenceAt(
        source,
        offset,
        "computed_import",
        "Where this import leads cannot be checked. Write its path out, from this file.",
      ),
    ];
  if (!specifier.startsWith(".")) return packageOffences(source, specifier, offset);
  const target = targetOf(source, specifier);
  const wrongWay = directionOffences(source, target, offset);
  if (wrongWay.length > 0 || found.isType) return wrongWay;
  return [...clientOffences(source, target, found), ...editPathOffences(source, target, offset, editPaths)];
}

function targetOf(source: Source, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(source.path), specifier));
}

/** Of Prisma's generated code others than src/db have the types, and the helpers for SQL under their own name. */
function clientOffences(source: Source, target: string, { values, offset }: Import): Offence[] {
  if (source.folder === "db" || !target.startsWith("src/db/generated/")) return [];
  if (values.every((name) => name === "Prisma")) return [];
  return [
    offenceAt(source, offset, "prisma_client", "Of the generated client only Prisma and types are imported."),
  ];
}

/** Files that write scripts, with the folders that may call them. */
type EditPaths = ReadonlyMap<string, readonly string[]>;

/** Those of EDIT_PATHS, and whatever in the same folder calls them or hands them on: it writes as well. */
function findEditPaths(sources: readonly Source[]): EditPaths {
  const found = new Map<string, readonly string[]>();
  const callersOf = (path: string): readonly string[] | undefined => found.get(path) ?? callersSaid(path);
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const source of sources) {
      if (source.folder === "main" || callersOf(source.path)) continue;
      const callers = findImports(source)
        .filter(({ specifier, isType }) => specifier?.startsWith(".") === true && !isType)
        .map(({ specifier }) => targetOf(source, specifier!))
        .filter((target) => folderOf(target) === source.folder)
        .map(callersOf)
        .find((allowed) => allowed !== undefined);
      if (callers) found.set(source.path, callers);
    }
  }
  return found;
}

function callersSaid(path: string): readonly string[] | undefined {
  return EDIT_PATHS.find((guarded) => guarded.path.test(path))?.callers;
}

function editPathOffences(source: Source, target: string, offset: number, editPaths: EditPaths): Offence[] {
  const callers = editPaths.get(target) ?? callersSaid(target);
  if (!callers || callers.includes(source.folder)) return [];
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
  if (LOADERS.test(specifier) && source.folder !== "main" && source.folder !== "db")
    return [offenceAt(source, offset, "computed_import", "Only src/main and src/db start other code.")];
  if (DRIVERS.test(specifier) && source.folder !== "db")
    return [offenceAt(source, offset, "driver_import", "Only src/db speaks to the driver. Use Prisma.")];
  return [];
}

/** What runs code that is not imported, where no rule looks. */
const LOADERS = /^(?:node:)?(?:module|vm|worker_threads|child_process|cluster)$/;

/** What speaks to PostgreSQL by itself. pg-boss does too: it writes its own schema and nothing else. */
const DRIVERS = /^(?:pg|pg-(?:native|pool|cursor|query-stream|copy-streams)|postgres|@prisma\/.*)(?:\/|$)/;

function textOffences(source: Source): Offence[] {
  return TEXT_RULES.filter(({ allowedIn }) => !allowedIn(source)).flatMap(
    ({ rule, pattern, within, message }) =>
      [...source[within].matchAll(pattern)].map(({ index }) => offenceAt(source, index, rule, message)),
  );
}
