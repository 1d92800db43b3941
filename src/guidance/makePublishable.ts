import { toTokens } from "../scripts/pointer.ts";
import type { Finding } from "../scripts/findProblems.ts";
import { findProblems } from "../scripts/findProblems.ts";
import { toKeyed } from "../scripts/document/document.ts";
import type { GraphNode, VariableDef } from "../scripts/storedCommand.ts";
import type { MappedEdge } from "./mapEdges.ts";
import { edgeIdOf } from "./mapEdges.ts";
import type { MappedNode } from "./mapNode.ts";
import { find } from "./reasons.ts";
import type { Problems } from "./reasons.ts";

/** Type of a node that breaks a circle: the runner passes it, and an advance that comes back to it pauses there. */
const PAUSING_TYPE = "guidance.step";
const END_ID = "guidance-end";
const ADDED_BY = "guidance";

export interface MappedGraph {
  readonly nodes: MappedNode[];
  readonly edges: MappedEdge[];
  readonly definitions: readonly VariableDef[];
  readonly entryNodeId: string | null;
}

/**
 * Repairs in place what the legacy service lived with and a publish of the canonical one refuses. Each repair
 * keeps the walks that were possible: a conversation that stopped without an end now comes to one, a circle
 * stays a circle. Returns what is still wrong.
 *
 * Versions that are not published are treated alike: else publishing one later would need what was left out here.
 */
export function makePublishable(problems: Problems, graph: MappedGraph, versionId: string): Finding[] {
  if (graph.nodes.length === 0) return [];
  connectLeaves(problems, graph, versionId);
  passIdleConditions(problems, graph, versionId);
  for (;;) {
    const errors = findErrors(graph);
    const repaired =
      breakLoops(problems, graph, errors, versionId) || reachEnd(problems, graph, errors, versionId);
    if (!repaired) return errors;
  }
}

/** Leads nodes that nothing leaves to an end of their own. */
function connectLeaves(problems: Problems, graph: MappedGraph, versionId: string): void {
  const left = new Set(graph.edges.map(({ source }) => source));
  const leaves = graph.nodes.filter(({ id, type }) => type !== "end" && !left.has(id));
  if (leaves.length === 0) return;
  const end = addEnd(graph);
  const taken = new Set(graph.edges.map(({ id }) => id));
  for (const { id } of leaves) addEdge(graph, taken, { source: id, target: end, data: { priority: 0 } });
  find(problems, "end_added", "ScriptVersion", versionId, `Edges were added to ${leaves.length} node(s).`);
}

/** A condition node that decides nothing is refused; a message is passed in the same way. */
function passIdleConditions(problems: Problems, graph: MappedGraph, versionId: string): void {
  const decides = new Set(
    graph.edges.flatMap(({ source, data }) =>
      data["condition"] === undefined || data["condition"] === true ? [] : [source],
    ),
  );
  for (const node of graph.nodes) {
    if (node.type !== "condition" || decides.has(node.id)) continue;
    node.type = "message";
    const detail = `It is node "${node.id}".`;
    find(problems, "condition_without_conditions", "ScriptVersion", versionId, detail);
  }
}

function breakLoops(
  problems: Problems,
  { nodes }: MappedGraph,
  errors: readonly Finding[],
  versionId: string,
): boolean {
  const ids = new Set(
    errors.flatMap(({ code, path }) => (code === "endless_loop" ? [toTokens(path)[1]] : [])),
  );
  if (ids.size === 0) return false;
  for (const node of nodes) if (ids.has(node.id)) node.type = PAUSING_TYPE;
  find(problems, "endless_loop_kept", "ScriptVersion", versionId);
  return true;
}

/** Where all ways lead round, an edge that is never taken leads to an end: the walks stay what they were. */
function reachEnd(
  problems: Problems,
  graph: MappedGraph,
  errors: readonly Finding[],
  versionId: string,
): boolean {
  if (!errors.some(({ code }) => code === "end_unreachable") || graph.entryNodeId === null) return false;
  const priority = graph.edges.filter(({ source }) => source === graph.entryNodeId).length;
  const taken = new Set(graph.edges.map(({ id }) => id));
  const data = { condition: false, priority };
  addEdge(graph, taken, { source: graph.entryNodeId, target: addEnd(graph), data });
  find(problems, "end_added", "ScriptVersion", versionId, "Nothing led to an end, and nothing ever will.");
  return true;
}

/** Whether the move added a node: legacy clients never hear of it. */
export function isAdded({ type, data }: Pick<GraphNode, "type" | "data">): boolean {
  return type === "end" && data["addedBy"] === ADDED_BY;
}

/** The id of the end node that was added, which is added when it is not there. */
function addEnd({ nodes }: MappedGraph): string {
  const ids = new Set(nodes.map(({ id }) => id));
  const added = nodes.find(isAdded);
  if (added) return added.id;
  let id = END_ID;
  for (let count = 2; ids.has(id); count++) id = `${END_ID}-${count}`;
  nodes.push({ id, type: "end", data: { addedBy: ADDED_BY } });
  return id;
}

function addEdge({ edges }: MappedGraph, taken: Set<string>, edge: Omit<MappedEdge, "id" | "row">): void {
  const id = edgeIdOf(edge.source, edge.target, taken);
  taken.add(id);
  edges.push({ ...edge, id, row: null });
}

function findErrors({ nodes, edges, definitions, entryNodeId }: MappedGraph): Finding[] {
  const position = { x: 0, y: 0 };
  const keyed = toKeyed({
    graphJson: {
      schemaVersion: 1,
      nodes: nodes.map((node) => ({ ...node, position })),
      edges: edges.map(({ id, source, target, data }) => ({ id, source, target, data })),
      viewport: { x: 0, y: 0, zoom: 1 },
      entryNodeId,
    },
    variablesDef: definitions,
  });
  return findProblems(keyed).filter(({ severity }) => severity === "error");
}
