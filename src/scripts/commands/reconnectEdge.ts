import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { checkEdge } from "../document/checkEdge.ts";
import { own } from "../document/document.ts";
import { entityIdSchema, handleSchema } from "../document/schemas.ts";
import { editEntity, stateBefore } from "./editDraft.ts";
import { refuseMissing, refuseProblems } from "./refuse.ts";
import { withMembers } from "./withMembers.ts";

const payload = z.strictObject({
  edgeId: entityIdSchema,
  source: entityIdSchema.exactOptional(),
  target: entityIdSchema.exactOptional(),
  sourceHandle: handleSchema.nullable().exactOptional(),
  targetHandle: handleSchema.nullable().exactOptional(),
});

/** Leads an edge from or to another node or handle; what is not named stays, null takes a handle away. */
export const reconnectEdge: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.ReconnectEdge",
  version: 1,
  payload,
  decide(state, { edgeId, ...ends }) {
    const edge = own(state.edges, edgeId);
    if (!edge) return refuseMissing("edge", "/edgeId", edgeId);
    return refuseProblems(checkEdge(state, withMembers(edge, ends)));
  },
  evolve(draft, { edgeId, ...ends }) {
    const edge = stateBefore(draft).edges[edgeId]!;
    editEntity(draft, "edges", edgeId, edge, withMembers(edge, ends));
  },
};
