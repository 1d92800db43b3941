import { z } from "zod";
import type { CommandDefinition, Decision } from "../command.ts";
import { checkEdge } from "../document/checkEdge.ts";
import { own } from "../document/document.ts";
import { LIMITS } from "../document/limits.ts";
import { entityIdSchema } from "../document/schemas.ts";
import type { NodeState, ScriptState } from "../state.ts";
import { bridgeEdges, edgesOfNode } from "./bridgeEdges.ts";
import { editEntity, removeEntity, stateBefore } from "./editDraft.ts";
import { findEntities } from "./findEntities.ts";
import { ACCEPTED, refuse, refuseMissing } from "./refuse.ts";
import { withMembers } from "./withMembers.ts";

const payload = z.strictObject({
  nodeId: entityIdSchema,
  edges: z
    .enum(["cascade", "bridge", "reject"])
    .default("cascade")
    .meta({
      description:
        "What becomes of the node's edges. cascade: they go too. bridge: incoming edges lead on to where the only " +
        "outgoing edge led. reject: the node stays when it has any.",
    }),
});

/** Takes a node out. Its children move to its parent and keep their place on the canvas. */
export const removeNode: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.RemoveNode",
  version: 1,
  payload,
  decide(state, { nodeId, edges }) {
    const node = own(state.nodes, nodeId);
    if (!node) return refuseMissing("node", "/nodeId", nodeId);
    if (state.entryNodeId === nodeId) {
      const message = `Node "${nodeId}" is the entry node. Make another one the entry node first, or none.`;
      return refuse("node_is_entry", "/nodeId", message);
    }
    return refuseFarChildren(state, node) ?? decideEdges(state, nodeId, edges);
  },
  evolve(draft, { nodeId, edges }) {
    const before = stateBefore(draft);
    const children = childrenMovedUp(before, before.nodes[nodeId]!);
    const { incoming, outgoing, loops } = edgesOfNode(before, nodeId);
    const bridged = edges === "bridge" && outgoing[0] ? bridgeEdges(incoming, outgoing[0]) : [];
    const kept = new Set(bridged.map(({ id }) => id));
    for (const child of children) editEntity(draft, "nodes", child.id, before.nodes[child.id]!, child);
    for (const edge of bridged) editEntity(draft, "edges", edge.id, before.edges[edge.id]!, edge);
    for (const { id } of [...incoming, ...outgoing, ...loops]) {
      if (!kept.has(id)) removeEntity(draft, "edges", id);
    }
    removeEntity(draft, "nodes", nodeId);
  },
};

function decideEdges(state: ScriptState, nodeId: string, edges: "cascade" | "bridge" | "reject"): Decision {
  if (edges === "cascade") return ACCEPTED;
  if (edges === "bridge") return decideBridge(state, nodeId);
  const { incoming, outgoing, loops } = edgesOfNode(state, nodeId);
  const ids = [...incoming, ...outgoing, ...loops].map(({ id }) => id);
  if (ids.length === 0) return ACCEPTED;
  const message = `Node "${nodeId}" has ${ids.length} edges. Remove them first, or send edges "cascade" or "bridge".`;
  return refuse("node_has_edges", "/edges", message, { edges: ids });
}

function decideBridge(state: ScriptState, nodeId: string): Decision {
  const { incoming, outgoing } = edgesOfNode(state, nodeId);
  const [only, ...others] = outgoing;
  if (others.length > 0) {
    const message = `Node "${nodeId}" has ${outgoing.length} outgoing edges, so there is no one way on. Remove all but one, or send edges "cascade".`;
    return refuse("bridge_ambiguous", "/edges", message, { edges: outgoing.map(({ id }) => id) });
  }
  if (!only) {
    if (incoming.length === 0) return ACCEPTED;
    const message = `Node "${nodeId}" has no outgoing edge, so its incoming edges lead nowhere. Send edges "cascade".`;
    return refuse("bridge_without_target", "/edges", message, { edges: incoming.map(({ id }) => id) });
  }
  const problems = bridgeEdges(incoming, only).flatMap((edge) => checkEdge(state, edge));
  // Two sound conditions may be too large together.
  return problems[0] ? refuse(problems[0].code, "/edges", problems[0].message) : ACCEPTED;
}

/** The children of a node as they are once it is gone. A child's place is relative to its parent. */
function childrenMovedUp(state: ScriptState, { id, parentId, position }: NodeState): NodeState[] {
  const children = findEntities(state.nodes, (node) => node.parentId === id);
  return children.map((node) => ({
    ...withMembers(node, { parentId: parentId ?? null }),
    position: { x: node.position.x + position.x, y: node.position.y + position.y },
  }));
}

function refuseFarChildren(state: ScriptState, node: NodeState): Decision | undefined {
  const far = childrenMovedUp(state, node).find(
    ({ position: { x, y } }) => Math.max(Math.abs(x), Math.abs(y)) > LIMITS.coordinate,
  );
  if (!far) return undefined;
  const message = `Child "${far.id}" would lie outside of the canvas. Move it closer to node "${node.id}" first.`;
  return refuse("position_out_of_range", "/nodeId", message);
}
