import type { EdgeState, NodeState } from "../state.ts";
import { checkConditions } from "./checkConditions.ts";
import { checkJson } from "./checkJson.ts";
import type { KeyedDocument } from "./document.ts";
import { own } from "./document.ts";
import { offeredHandles } from "./handles.ts";
import { LIMITS } from "./limits.ts";
import { edgeConditions } from "./references.ts";
import type { StructureProblem } from "./structureProblem.ts";

type Edge = Omit<EdgeState, "order">;

/**
 * Checks one edge against the document that it is in or will be in: both nodes, its handle, its data, its
 * condition and priority. Paths are pointers into the edge.
 */
export function checkEdge(document: KeyedDocument, edge: Edge): StructureProblem[] {
  const source = own(document.nodes, edge.source);
  return [
    ...checkEnd(document, edge, "source"),
    ...checkEnd(document, edge, "target"),
    ...(source ? checkSourceHandle(source, edge) : []),
    ...checkJson("data", "/data", edge.data, LIMITS.edgeDataBytes),
    ...checkConditions(document, edgeConditions(edge)),
    ...checkPriority(edge),
  ];
}

/** Checks that an edge leaves its source node by a handle that the node offers. No handle is always fine. */
export function checkSourceHandle(source: NodeState, edge: Edge): StructureProblem[] {
  if (edge.sourceHandle === undefined) return [];
  const offered = offeredHandles(source);
  if (!offered || offered.has(edge.sourceHandle)) return [];
  const choices = [...offered].slice(0, 20).map((handle) => `"${handle}"`);
  const way = choices.length === 0 ? "Leave sourceHandle out" : `Use ${choices.join(", ")}, or leave it out`;
  const message = `Node "${source.id}" (${source.type}) has no handle "${edge.sourceHandle}". ${way}.`;
  return [{ code: "handle_not_found", path: "/sourceHandle", message }];
}

/** Checks that data.priority, by which a node's edges are ordered, is a number. */
export function checkPriority({ data }: Pick<Edge, "data">): StructureProblem[] {
  const { priority } = data;
  if (priority === undefined || typeof priority === "number") return [];
  const message = "data.priority must be a number; edges with a lower one are tried first.";
  return [{ code: "priority_invalid", path: "/data/priority", message }];
}

function checkEnd({ nodes }: KeyedDocument, edge: Edge, end: "source" | "target"): StructureProblem[] {
  if (Object.hasOwn(nodes, edge[end])) return [];
  const message = `The ${end} node "${edge[end]}" does not exist. Add it first, or connect the edge to another node.`;
  return [{ code: "node_not_found", path: `/${end}`, message }];
}
