import type { EdgeState, NodeState, ScriptState } from "../state.ts";

/**
 * Nodes and edges by number, so that what concerns the whole graph is plain arithmetic on arrays. Numbers are
 * places in the lists and mean nothing outside.
 */
export interface Flow {
  /** Of these only id, type and order may be read: see toFlow. */
  readonly nodes: readonly Pick<NodeState, "id" | "type" | "order">[];
  /** Number of the node at each edge's source and target; -1 when there is no such node. */
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  /** Edges that leave node n: leaving[firstLeaving[n]] up to leaving[firstLeaving[n + 1] - 1]. */
  readonly leaving: Int32Array;
  readonly firstLeaving: Int32Array;
}

const flows = new WeakMap<ScriptState["edges"], Flow>();

/**
 * Numbers the nodes and edges of a document in linear time. Most edits touch no edge and no node's id, type or
 * order: then the flow of the state before serves again (0.4 ms saved at 2,000 nodes and 3,000 edges).
 */
export function toFlow(
  record: ScriptState["edges"],
  edges: readonly EdgeState[],
  nodes: readonly NodeState[],
): Flow {
  const before = flows.get(record);
  if (before && haveSameFrame(before.nodes, nodes)) return before;
  const flow = numberAll(edges, nodes);
  flows.set(record, flow);
  return flow;
}

function haveSameFrame(before: Flow["nodes"], now: Flow["nodes"]): boolean {
  if (before.length !== now.length) return false;
  for (let n = 0; n < now.length; n++) {
    const [a, b] = [before[n]!, now[n]!];
    if (a !== b && (a.id !== b.id || a.type !== b.type || a.order !== b.order)) return false;
  }
  return true;
}

function numberAll(edges: readonly EdgeState[], nodes: readonly NodeState[]): Flow {
  const numbers = new Map<string, number>();
  for (let n = 0; n < nodes.length; n++) numbers.set(nodes[n]!.id, n);
  const sources = new Int32Array(edges.length);
  const targets = new Int32Array(edges.length);
  const firstLeaving = new Int32Array(nodes.length + 1);
  for (let e = 0; e < edges.length; e++) {
    const source = numbers.get(edges[e]!.source) ?? -1;
    sources[e] = source;
    targets[e] = numbers.get(edges[e]!.target) ?? -1;
    if (source >= 0) firstLeaving[source + 1]! += 1;
  }
  for (let n = 0; n < nodes.length; n++) firstLeaving[n + 1]! += firstLeaving[n]!;
  const leaving = new Int32Array(firstLeaving[nodes.length]!);
  const next = firstLeaving.slice();
  for (let e = 0; e < edges.length; e++) {
    const source = sources[e]!;
    if (source >= 0) leaving[next[source]!++] = e;
  }
  return { nodes, sources, targets, leaving, firstLeaving };
}

/** Which nodes a conversation can come to from a node, 1 or 0 by node number. It stops at end nodes. */
export function reachableNodes({ nodes, targets, leaving, firstLeaving }: Flow, entry: number): Uint8Array {
  const reached = new Uint8Array(nodes.length);
  const waiting = [entry];
  reached[entry] = 1;
  for (let n = waiting.pop(); n !== undefined; n = waiting.pop()) {
    if (nodes[n]!.type === "end") continue;
    for (let at = firstLeaving[n]!; at < firstLeaving[n + 1]!; at++) {
      const target = targets[leaving[at]!]!;
      if (target < 0 || reached[target] === 1) continue;
      reached[target] = 1;
      waiting.push(target);
    }
  }
  return reached;
}
