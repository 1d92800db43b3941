import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { entityIdSchema } from "../document/schemas.ts";
import { removeEntity } from "./editDraft.ts";
import { ACCEPTED, refuseMissing } from "./refuse.ts";

const payload = z.strictObject({ edgeId: entityIdSchema });

/** Takes an edge out. */
export const removeEdge: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.RemoveEdge",
  version: 1,
  payload,
  decide: (state, { edgeId }) =>
    Object.hasOwn(state.edges, edgeId) ? ACCEPTED : refuseMissing("edge", "/edgeId", edgeId),
  evolve(draft, { edgeId }) {
    removeEntity(draft, "edges", edgeId);
  },
};
