/**
 * Modules that write scripts, and the folders whose code may call them. Everybody else, routes and handlers of
 * an AI actor's calls above all, is handed `submit` by src/main: every edit is a command, decided like any other.
 * Types may be imported by anybody.
 */
export const EDIT_PATHS: readonly { readonly path: RegExp; readonly callers: readonly string[] }[] = [
  { path: /^src\/log\/(?:appendCommands(?:\.sql)?|groupCommit)\.ts$/, callers: ["log", "main"] },
  { path: /^src\/commands\/submitCommands\.ts$/, callers: ["commands", "main"] },
  {
    path: /^src\/materializer\/(?:write|commit)Materialization\.ts$/,
    callers: ["materializer", "ops"],
  },
  {
    path: /^src\/materializer\/(?:materialize|materializeDrafts|runBatch|startWorker)\.ts$/,
    callers: ["materializer", "main", "ops"],
  },
];
