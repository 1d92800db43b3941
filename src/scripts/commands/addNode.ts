import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { checkNode } from "../document/checkNode.ts";
import { nodeInputSchema } from "../document/schemas.ts";
import { addEntity } from "./editDraft.ts";
import { refuseFull, refuseProblems, refuseTaken } from "./refuse.ts";

const payload = z.strictObject({ node: nodeInputSchema });

/** Adds a node behind all others. */
export const addNode: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.AddNode",
  version: 1,
  payload,
  decide(state, { node }) {
    if (Object.hasOwn(state.nodes, node.id)) return refuseTaken("node", "/node/id", node.id);
    return refuseFull(state, "nodes", "/node") ?? refuseProblems(checkNode(state, node), "/node");
  },
  evolve(draft, { node }) {
    addEntity(draft, "nodes", node.id, node);
  },
};
