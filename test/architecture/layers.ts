/** The moves of legacy data, in a folder of their own beside src. They stand on it; src/main alone starts them. */
export const MOVES = "migrations-backfill";

/**
 * The folders of src from the top down. A folder may import from the rows below its own, never from a row
 * above and never from a neighbour.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ["main"],
  [MOVES],
  ["http", "ops"],
  // Serves the legacy routes from the legacy tables or the canonical services, as a switch says.
  ["compat"],
  ["guidance"],
  // A run sends commands; what answers them comes back to it through what main wires.
  ["runner"],
  ["commands", "outbox"],
  ["materializer", "events"],
  ["log", "reads", "access"],
  ["db"],
  // A run walks the graph of a script; a script knows nothing of runs.
  ["runs"],
  ["scripts"],
  ["kernel"],
];

/** Folders that do no input or output, with what their files may import from outside src. */
export const PURE_FOLDERS: { readonly [folder: string]: readonly string[] } = {
  scripts: ["zod", "immer", "fast-json-patch"],
  runs: ["zod", "immer", "fast-json-patch"],
  guidance: ["zod"],
  // Hashes and random ids.
  kernel: ["node:crypto"],
};

/** 0 for the top row; undefined for a folder that no row names. */
export function rowOf(folder: string): number | undefined {
  const row = LAYERS.findIndex((folders) => folders.includes(folder));
  return row < 0 ? undefined : row;
}
