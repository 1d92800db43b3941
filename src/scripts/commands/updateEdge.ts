import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { checkEdge } from "../document/checkEdge.ts";
import { own } from "../document/document.ts";
import { entityIdSchema, labelSchema, nodeDataPatchSchema } from "../document/schemas.ts";
import type { EdgeState } from "../state.ts";
import { editEntity, stateBefore } from "./editDraft.ts";
import { mergePatch } from "./mergePatch.ts";
import { refuseMissing, refuseProblems } from "./refuse.ts";
import { withMembers } from "./withMembers.ts";

const payload = z.strictObject({
  edgeId: entityIdSchema,
  label: labelSchema.nullable().exactOptional(),
  data: nodeDataPatchSchema.exactOptional(),
});
type Payload = z.infer<typeof payload>;

/** Changes an edge's label (null takes it away) and its data by merge patch. */
export const updateEdge: CommandDefinition<Payload> = {
  type: "Scripts.UpdateEdge",
  version: 1,
  payload,
  decide(state, { edgeId, ...change }) {
    const edge = own(state.edges, edgeId);
    if (!edge) return refuseMissing("edge", "/edgeId", edgeId);
    return refuseProblems(checkEdge(state, changedEdge(edge, change)));
  },
  evolve(draft, { edgeId, ...change }) {
    const edge = stateBefore(draft).edges[edgeId]!;
    editEntity(draft, "edges", edgeId, edge, changedEdge(edge, change));
  },
};

function changedEdge(edge: EdgeState, { data, ...members }: Omit<Payload, "edgeId">): EdgeState {
  return withMembers(edge, data === undefined ? members : { ...members, data: mergePatch(edge.data, data) });
}
