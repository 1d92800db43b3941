import { z } from "zod";
import type { CommandDefinition } from "../command.ts";
import { checkEdge } from "../document/checkEdge.ts";
import { edgeInputSchema } from "../document/schemas.ts";
import { addEntity } from "./editDraft.ts";
import { refuseFull, refuseProblems, refuseTaken } from "./refuse.ts";

const payload = z.strictObject({ edge: edgeInputSchema });

/** Adds an edge behind all others. */
export const addEdge: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.AddEdge",
  version: 1,
  payload,
  decide(state, { edge }) {
    if (Object.hasOwn(state.edges, edge.id)) return refuseTaken("edge", "/edge/id", edge.id);
    return refuseFull(state, "edges", "/edge") ?? refuseProblems(checkEdge(state, edge), "/edge");
  },
  evolve(draft, { edge }) {
    addEntity(draft, "edges", edge.id, edge);
  },
};
