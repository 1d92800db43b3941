import type { Json } from "../kernel/canonicalJson.ts";
import { LIMITS } from "../scripts/document/limits.ts";
import type { LegacyEdgeRow, LegacyNodeRow } from "./legacyRows.ts";
import { mapCondition } from "./mapCondition.ts";
import type { NameMap } from "./nameMap.ts";
import { derivedId, nodeIdOf } from "./names.ts";
import { quarantine } from "./reasons.ts";
import type { Problems } from "./reasons.ts";

/** An edge, and the legacy row that it comes from; null: it was added. */
export interface MappedEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly data: { readonly [key: string]: Json };
  readonly row: LegacyEdgeRow | null;
}

interface Joined {
  readonly row: LegacyEdgeRow;
  readonly from: LegacyNodeRow;
  readonly to: LegacyNodeRow;
  readonly condition: Json;
}

/**
 * Maps the edges of a version, and puts those aside that lead nowhere.
 *
 * The legacy schema gives edges no order. Here data.priority says it: of the edges that leave a node those with a
 * condition come first, because an edge without one always holds and would hide those behind it; then by the
 * target's orderIndex, its key, and the edge's id. The runner and the legacy answers both follow it.
 */
export function mapEdges(
  problems: Problems,
  rows: readonly LegacyEdgeRow[],
  nodes: ReadonlyMap<string, LegacyNodeRow>,
  names: NameMap,
): MappedEdge[] {
  const joined = rows.flatMap((row): Joined[] => {
    const from = nodes.get(row.fromNodeId);
    const to = nodes.get(row.toNodeId);
    if (!from || !to) {
      putAside(problems, row);
      return [];
    }
    const mapped = mapCondition(problems, row, names);
    return mapped ? [{ row, from, to, condition: mapped.condition }] : [];
  });
  return withIds(joined.sort(compareEdges));
}

/** The id of an edge: the same in every version, so that the log tells what changed. */
export function edgeIdOf(source: string, target: string, taken: ReadonlySet<string>): string {
  const plain = `${source}->${target}`;
  const base = plain.length <= LIMITS.idLength - 5 ? plain : derivedId(source, target);
  for (let count = 1; ; count++) {
    const id = count === 1 ? base : `${base}#${count}`;
    if (!taken.has(id)) return id;
  }
}

function putAside(problems: Problems, row: LegacyEdgeRow): void {
  const crosses = row.fromVersionId !== null && row.toVersionId !== null;
  const missing = row.fromVersionId === null ? row.fromNodeId : row.toNodeId;
  const detail = crosses
    ? "Connect it to a node of its own version, or delete it."
    : `There is no node ${missing}. Connect it to another one, or delete it.`;
  quarantine(problems, crosses ? "edge_crosses_versions" : "edge_dangling", "ScriptEdge", row.id, detail);
}

function compareEdges(a: Joined, b: Joined): number {
  return (
    a.from.orderIndex - b.from.orderIndex ||
    compareText(a.from.key, b.from.key) ||
    Number(a.condition === null) - Number(b.condition === null) ||
    a.to.orderIndex - b.to.orderIndex ||
    compareText(a.to.key, b.to.key) ||
    compareText(a.row.id, b.row.id)
  );
}

function withIds(sorted: readonly Joined[]): MappedEdge[] {
  const taken = new Set<string>();
  let source = "";
  let priority = 0;
  return sorted.map(({ row, from, to, condition }) => {
    priority = from.id === source ? priority + 1 : 0;
    source = from.id;
    const [sourceId, targetId] = [nodeIdOf(from.key), nodeIdOf(to.key)];
    const id = edgeIdOf(sourceId, targetId, taken);
    taken.add(id);
    const data = condition === null ? { priority } : { condition, priority };
    return { id, source: sourceId, target: targetId, data, row };
  });
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
