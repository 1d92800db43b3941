/**
 * The folders of src from the top down. A folder may import from the rows below its own, never from a row
 * above and never from a neighbour.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ["main"],
  ["http", "ops"],
  ["guidance"],
  ["commands", "outbox"],
  ["materializer", "events"],
  ["log", "reads"],
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
