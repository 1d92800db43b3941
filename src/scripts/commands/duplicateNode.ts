import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { own } from "../document/document.ts";
import { LIMITS } from "../document/limits.ts";
import { entityIdSchema, positionSchema } from "../document/schemas.ts";
import type { Position } from "../state.ts";
import { addEntity, stateBefore } from "./editDraft.ts";
import { ACCEPTED, refuseFull, refuseMissing, refuseTaken } from "./refuse.ts";

/** Pixels right of and below the original: both can be seen and picked. */
const OFFSET = 40;

const payload = z.strictObject({
  nodeId: entityIdSchema,
  newNodeId: entityIdSchema,
  position: positionSchema
    .exactOptional()
    .meta({ description: "Default: 40 pixels right of and below the original." }),
});

/** Adds a copy of a node, in the same parent. Its edges and its children are not copied. */
export const duplicateNode: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.DuplicateNode",
  version: 1,
  payload,
  decide(state, { nodeId, newNodeId }) {
    if (!own(state.nodes, nodeId)) return refuseMissing("node", "/nodeId", nodeId);
    if (own(state.nodes, newNodeId)) return refuseTaken("node", "/newNodeId", newNodeId);
    return refuseFull(state, "nodes", "/newNodeId") ?? ACCEPTED;
  },
  evolve(draft, { nodeId, newNodeId, position }) {
    const node = stateBefore(draft).nodes[nodeId]!;
    const copy = { ...node, id: newNodeId, position: position ?? beside(node.position) };
    addEntity(draft, "nodes", newNodeId, copy);
  },
};

function beside({ x, y }: Position): Position {
  return { x: Math.min(x + OFFSET, LIMITS.coordinate), y: Math.min(y + OFFSET, LIMITS.coordinate) };
}
