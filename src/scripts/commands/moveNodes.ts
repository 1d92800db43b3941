import { z } from "zod";
import type { CommandDefinition, Decision } from "../command.ts";
import { LIMITS } from "../document/limits.ts";
import { entityIdSchema, positionSchema } from "../document/schemas.ts";
import { editEntity, stateBefore } from "./editDraft.ts";
import { ACCEPTED, refuse, refuseMissing } from "./refuse.ts";

const payload = z.strictObject({
  moves: z
    .array(z.strictObject({ nodeId: entityIdSchema, position: positionSchema }))
    .min(1, "Name at least one node to move.")
    .max(LIMITS.nodes, `At most ${LIMITS.nodes} nodes move at once.`),
});
type Payload = z.infer<typeof payload>;

/** Puts nodes at new places, each relative to its parent. */
export const moveNodes: CommandDefinition<Payload> = {
  type: "Scripts.MoveNodes",
  version: 1,
  payload,
  decide(state, { moves }) {
    const missing = moves.findIndex(({ nodeId }) => !Object.hasOwn(state.nodes, nodeId));
    if (missing >= 0) return refuseMissing("node", `/moves/${missing}/nodeId`, moves[missing]!.nodeId);
    return refuseRepeated(moves);
  },
  evolve(draft, { moves }) {
    const { nodes } = stateBefore(draft);
    for (const { nodeId, position } of moves) {
      const node = nodes[nodeId]!;
      editEntity(draft, "nodes", nodeId, node, { ...node, position });
    }
  },
};

function refuseRepeated(moves: Payload["moves"]): Decision {
  const seen = new Set<string>();
  for (const [index, { nodeId }] of moves.entries()) {
    if (seen.has(nodeId)) {
      const message = `Node "${nodeId}" is moved twice. Send its last place only.`;
      return refuse("node_moved_twice", `/moves/${index}/nodeId`, message);
    }
    seen.add(nodeId);
  }
  return ACCEPTED;
}
