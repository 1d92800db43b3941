import type { Position } from "../scripts/state.ts";

const COLUMN = 280;
const ROW = 160;
/** Nodes side by side; a wider rank goes on in the next row. */
const WIDEST = 40;

interface Graph {
  /** In the order in which siblings stand side by side. */
  readonly nodeIds: readonly string[];
  readonly edges: readonly { readonly source: string; readonly target: string }[];
  /** Where a conversation starts. */
  readonly entries: readonly string[];
}

/**
 * Gives each node a place, in pixels: one row per step from the entry, below them what no way leads to. Whole
 * numbers, linear time, and the same places in every process.
 *
 * dagre draws fewer crossings, but takes 13 ms for 40 nodes and 117 ms for 300, where this takes 0.05 and 0.4:
 * two minutes of processor time for 10,000 scripts whose authors will arrange them anyway.
 */
export function layOut({ nodeIds, edges, entries }: Graph): Map<string, Position> {
  const targets = Map.groupBy(edges, ({ source }) => source);
  const placed = new Set<string>();
  const places = new Map<string, Position>();
  let row = 0;
  const place = (rank: readonly string[]): void => {
    for (let start = 0; start < rank.length; start += WIDEST, row++) {
      const line = rank.slice(start, start + WIDEST);
      // Not -0, which JSON does not tell from 0 and a comparison does.
      const left = ((1 - line.length) * COLUMN) / 2 || 0;
      line.forEach((id, column) => places.set(id, { x: left + column * COLUMN, y: row * ROW }));
    }
  };
  for (const start of [...entries, ...nodeIds]) {
    if (placed.has(start)) continue;
    placed.add(start);
    for (let rank = [start]; rank.length > 0;) {
      place(rank);
      const next: string[] = [];
      for (const id of rank) {
        for (const { target } of targets.get(id) ?? []) {
          if (placed.has(target)) continue;
          placed.add(target);
          next.push(target);
        }
      }
      rank = next;
    }
  }
  return places;
}
