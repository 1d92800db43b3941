import { z } from "zod";
import type { CommandDefinition, Decision } from "../command.ts";
import { checkSourceHandle } from "../document/checkEdge.ts";
import { checkNode } from "../document/checkNode.ts";
import { own } from "../document/document.ts";
import { offeredHandles } from "../document/handles.ts";
import { LIMITS } from "../document/limits.ts";
import { entityIdSchema, nodeDataPatchSchema, nodeTypeSchema } from "../document/schemas.ts";
import type { NodeState, ScriptState } from "../state.ts";
import { editEntity, stateBefore } from "./editDraft.ts";
import { findEntities } from "./findEntities.ts";
import { mergePatch } from "./mergePatch.ts";
import { refuse, refuseMissing, refuseProblems } from "./refuse.ts";
import { withMembers } from "./withMembers.ts";

const pixelsSchema = z.number().nonnegative().max(LIMITS.nodeSize).nullable();

const payload = z.strictObject({
  nodeId: entityIdSchema,
  data: nodeDataPatchSchema.exactOptional(),
  type: nodeTypeSchema.exactOptional(),
  parentId: entityIdSchema.nullable().exactOptional(),
  width: pixelsSchema.exactOptional(),
  height: pixelsSchema.exactOptional(),
});
type Payload = z.infer<typeof payload>;

/**
 * Changes a node: data by merge patch, other members by value, null takes one away. The position stays as it
 * is written, so a node with a new parent moves with it: send Scripts.MoveNodes.v1 in the same batch.
 */
export const updateNode: CommandDefinition<Payload> = {
  type: "Scripts.UpdateNode",
  version: 1,
  payload,
  decide(state, { nodeId, ...change }) {
    const node = own(state.nodes, nodeId);
    if (!node) return refuseMissing("node", "/nodeId", nodeId);
    const updated = changedNode(node, change);
    return refuseLostHandles(state, node, updated) ?? refuseProblems(checkNode(state, updated));
  },
  evolve(draft, { nodeId, ...change }) {
    const node = stateBefore(draft).nodes[nodeId]!;
    editEntity(draft, "nodes", nodeId, node, changedNode(node, change));
  },
};

function changedNode(node: NodeState, { data, ...members }: Omit<Payload, "nodeId">): NodeState {
  return withMembers(node, data === undefined ? members : { ...members, data: mergePatch(node.data, data) });
}

/** No, when an edge leaves the node by a handle that it would not have any more: React Flow would drop it silently. */
function refuseLostHandles(state: ScriptState, before: NodeState, after: NodeState): Decision | undefined {
  if (keepsHandles(offeredHandles(before), offeredHandles(after))) return undefined;
  const leaving = findEntities(state.edges, (edge) => edge.source === after.id);
  const cut = leaving.filter((edge) => checkSourceHandle(after, edge).length > 0);
  if (cut.length === 0) return undefined;
  const message = `Edges leave node "${after.id}" by handles that it would lose. Reconnect or remove them first.`;
  return refuse("handle_in_use", before.type === after.type ? "/data" : "/type", message, {
    edges: cut.map(({ id }) => id),
  });
}

/** Undefined handles: any. */
function keepsHandles(
  before: ReadonlySet<string> | undefined,
  after: ReadonlySet<string> | undefined,
): boolean {
  if (!before || !after) return !after;
  return before === after || before.values().every((handle) => after.has(handle));
}
