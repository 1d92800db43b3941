import type { Json } from "../kernel/canonicalJson.ts";
import { checkStructure } from "../scripts/document/checkStructure.ts";
import { toKeyed } from "../scripts/document/document.ts";
import { isObject } from "../scripts/document/handles.ts";
import { LIMITS } from "../scripts/document/limits.ts";
import type { Position } from "../scripts/state.ts";
import { toTokens } from "../scripts/pointer.ts";
import type { GraphNode, ScriptDocument } from "../scripts/storedCommand.ts";
import type { VersionFacts } from "./legacyFacts.ts";
import { sortNodes } from "./legacyFromRows.ts";
import type { LegacyNodeRow, LegacyVersion } from "./legacyRows.ts";
import { makePublishable } from "./makePublishable.ts";
import type { MappedGraph } from "./makePublishable.ts";
import { mapEdges } from "./mapEdges.ts";
import { mapNode } from "./mapNode.ts";
import { mapVariables } from "./mapVariables.ts";
import { makeNameMap } from "./nameMap.ts";
import { nodeIdOf, variableKeyOf } from "./names.ts";
import { find, quarantine } from "./reasons.ts";
import type { Problems } from "./reasons.ts";
import { keepFacts } from "./toLegacyVersion.ts";

/** A version that is mapped but for the places of its nodes, which all versions of a script share. */
export interface MappedVersion extends MappedGraph {
  /** Whether the canonical service would publish it. */
  readonly isPublishable: boolean;
  readonly version: LegacyVersion;
}

/** Maps a version; undefined when it has more rows than a script may have. */
export function mapVersion(problems: Problems, version: LegacyVersion): MappedVersion | undefined {
  const { row, nodes, edges, variables } = version;
  const counts = version.tooLarge ?? {
    nodes: nodes.length,
    edges: edges.length,
    variables: variables.length,
  };
  if ((["nodes", "edges", "variables"] as const).some((part) => counts[part] > LIMITS[part])) {
    const detail = `It has ${counts.nodes} nodes, ${counts.edges} edges and ${counts.variables} variables. Split it.`;
    quarantine(problems, "graph_too_large", "ScriptVersion", row.id, detail);
    return undefined;
  }
  const sorted = sortNodes(nodes);
  if (sorted.some(({ orderIndex }, place) => orderIndex === sorted[place - 1]?.orderIndex))
    find(problems, "order_tied", "ScriptVersion", row.id);
  const mapped = mapVariables(problems, variables);
  const names = makeNameMap(
    mapped.keys,
    nodes.map(({ key }) => key),
  );
  const mappedNodes = sorted.map((node) => mapNode(problems, node, { ...mapped, names }));
  const mappedEdges = mapEdges(problems, edges, new Map(nodes.map((node) => [node.id, node])), names);
  const added = names.undeclared().map((key) => ({ key, type: "json" as const, required: false }));
  const graph: MappedGraph = {
    nodes: mappedNodes,
    edges: mappedEdges,
    definitions: [...mapped.definitions, ...added],
    entryNodeId: mapEntry(problems, version, sorted),
  };
  const errors = makePublishable(problems, graph, row.id);
  return { ...graph, isPublishable: errors.length === 0, version };
}

function mapEntry(
  problems: Problems,
  { row }: LegacyVersion,
  sorted: readonly LegacyNodeRow[],
): string | null {
  const entry = sorted.find(({ id }) => id === row.entryNodeId);
  if (entry) return nodeIdOf(entry.key);
  if (sorted.length === 0 && row.entryNodeId === null) return null;
  const code = row.entryNodeId === null ? "entry_missing" : "entry_dangling";
  const start = sorted.find(({ type }) => type === "START") ?? sorted[0];
  const id = start === undefined ? null : nodeIdOf(start.key);
  find(problems, code, "ScriptVersion", row.id, id === null ? "It has no nodes." : `That is "${id}".`);
  return id;
}

/** The document of a mapped version, and what it has no place for. */
export function finishVersion(
  problems: Problems,
  { version, nodes, edges, definitions, entryNodeId }: MappedVersion,
  places: ReadonlyMap<string, Position>,
): { readonly document: ScriptDocument; readonly facts: VersionFacts } {
  const document: ScriptDocument = {
    graphJson: {
      schemaVersion: 1,
      nodes: nodes.map(({ id, type, data }): GraphNode => ({
        id,
        type,
        position: positionOf(data["uiSchema"]) ?? places.get(id)!,
        data,
      })),
      edges: edges.map(({ id, source, target, data }) => ({ id, source, target, data })),
      viewport: { x: 0, y: 0, zoom: 1 },
      entryNodeId,
    },
    variablesDef: definitions,
  };
  refuseUnstorable(problems, version, document);
  const mappedEdges = new Map(edges.flatMap(({ id, row }) => (row ? [[id, row] as const] : [])));
  const moved = new Set(mappedEdges.values());
  const facts = keepFacts(document, version.row, {
    nodes: new Map(version.nodes.map((node) => [nodeIdOf(node.key), node])),
    edges: mappedEdges,
    variables: new Map(version.variables.map((row) => [variableKeyOf(row.key), row])),
    leftOutEdges: version.edges.filter((row) => !moved.has(row)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  });
  return { document, facts };
}

/** A place that the legacy editor kept: uiSchema.position, in pixels. */
function positionOf(uiSchema: Json | undefined): Position | undefined {
  const position = isObject(uiSchema) ? uiSchema["position"] : undefined;
  if (!isObject(position)) return undefined;
  const { x, y } = position;
  const isPlace = (value: Json | undefined): value is number =>
    typeof value === "number" && Math.abs(value) <= LIMITS.coordinate;
  return isPlace(x) && isPlace(y) ? { x, y } : undefined;
}

const REASONS = new Map([
  ["data_too_deep", "node_data_too_deep"],
  ["data_too_large", "node_data_too_large"],
] as const);

/** What the canonical service would refuse to store holds the whole script back. */
function refuseUnstorable(problems: Problems, { row, nodes }: LegacyVersion, document: ScriptDocument): void {
  for (const { code, path, message } of checkStructure(toKeyed(document))) {
    const [part, id] = toTokens(path);
    const node = part === "nodes" ? nodes.find(({ key }) => nodeIdOf(key) === id) : undefined;
    const known = REASONS.get(code as "data_too_deep" | "data_too_large");
    if (known && node) quarantine(problems, known, "ScriptNode", node.id, message);
    else if (code === "graph_too_large") quarantine(problems, code, "ScriptVersion", row.id, message);
    else quarantine(problems, "refused_by_rules", "ScriptVersion", row.id, `${code} at ${path}: ${message}`);
  }
}
