import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { entityIdSchema } from "../document/schemas.ts";
import { setEntryNode as writeEntryNode } from "./editDraft.ts";
import { ACCEPTED, refuseMissing } from "./refuse.ts";

const payload = z.strictObject({
  nodeId: entityIdSchema.nullable().meta({ description: "Where a run starts; null: not decided yet." }),
});

/** Says at which node a run starts. null is the way to remove the last entry node. */
export const setEntryNode: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.SetEntryNode",
  version: 1,
  payload,
  decide: (state, { nodeId }) =>
    nodeId === null || Object.hasOwn(state.nodes, nodeId)
      ? ACCEPTED
      : refuseMissing("node", "/nodeId", nodeId),
  evolve(draft, { nodeId }) {
    writeEntryNode(draft, nodeId);
  },
};
