import { escapePointer } from "../../kernel/findUnsafeJson.ts";
import type { NodeState } from "../state.ts";
import { checkConditions } from "./checkConditions.ts";
import { checkJson } from "./checkJson.ts";
import type { KeyedDocument } from "./document.ts";
import { own } from "./document.ts";
import { LIMITS } from "./limits.ts";
import { nodeConditions } from "./references.ts";
import type { StructureProblem } from "./structureProblem.ts";

/**
 * Checks one node against the document that it is in or will be in: its data, its conditions, its parent.
 * Paths are pointers into the node.
 */
export function checkNode(document: KeyedDocument, node: Omit<NodeState, "order">): StructureProblem[] {
  return [
    ...checkJson("data", "/data", node.data, LIMITS.nodeDataBytes),
    ...checkConditions(document, nodeConditions(node)),
    ...(node.parentId === undefined ? [] : checkParent(document, node.id, node.parentId)),
  ];
}

/** Checks that a node may stand inside another one: that one exists and does not stand inside the first. */
export function checkParent(document: KeyedDocument, nodeId: string, parentId: string): StructureProblem[] {
  const path = "/parentId";
  const seen = new Set([nodeId]);
  for (let id: string | undefined = parentId; id !== undefined; id = own(document.nodes, id)?.parentId) {
    if (seen.has(id)) {
      // A cycle among the ancestors that does not come back to this node is reported at its own members.
      if (id !== nodeId) return [];
      const message = `Node "${nodeId}" would stand inside itself by way of parent "${parentId}". Choose another parent.`;
      return [{ code: "parent_cycle", path, message }];
    }
    seen.add(id);
  }
  if (own(document.nodes, parentId)) return [];
  const message = `The parent node "${parentId}" does not exist. Add it first, or leave parentId out.`;
  return [{ code: "parent_not_found", path, message }];
}

/** Checks the parents of all nodes in one pass. Paths are pointers into the document. */
export function checkParents(document: KeyedDocument): StructureProblem[] {
  const problems: StructureProblem[] = [];
  const fine = new Set<string>();
  for (const node of Object.values(document.nodes)) {
    if (node.parentId === undefined || endsWell(document, node, fine)) continue;
    for (const problem of checkParent(document, node.id, node.parentId)) {
      problems.push({ ...problem, path: `/nodes/${escapePointer(node.id)}${problem.path}` });
    }
  }
  return problems;
}

/** Whether a chain of parents ends at a node without one. Remembers the chain, so that all chains take linear time. */
function endsWell({ nodes }: KeyedDocument, node: NodeState, fine: Set<string>): boolean {
  const chain = new Set<string>();
  for (let next: NodeState | undefined = node; ; next = own(nodes, next.parentId)) {
    if (!next || chain.has(next.id)) return false;
    if (next.parentId === undefined || fine.has(next.id)) break;
    chain.add(next.id);
  }
  for (const id of chain) fine.add(id);
  return true;
}
