import { z } from "zod";
import type { CommandDefinition, Decision } from "../command.ts";
import { LIMITS } from "../document/limits.ts";
import type { StructureProblem } from "../document/structureProblem.ts";
import { checkDocument, keyedDocument } from "./checkDocument.ts";
import { editPart, setEntryNode, setViewport, stateBefore } from "./editDraft.ts";
import { patchDocument } from "./patchDocument.ts";
import type { ClientPatch } from "./patchSchema.ts";
import { patchSchema } from "./patchSchema.ts";
import { ACCEPTED, refuse } from "./refuse.ts";

const payload = z.strictObject({ patch: patchSchema });

/** Applies a JSON patch to the id-keyed document. The result has to be as sound as that of any other command. */
export const applyPatch: CommandDefinition<z.infer<typeof payload>> = {
  type: "Scripts.ApplyPatch",
  version: 1,
  payload,
  decide(state, { patch }) {
    const outcome = patchDocument(keyedDocument(state), patch, LIMITS.documentBytes);
    if (outcome.kind === "failed") return refuse(outcome.code, `/patch/${outcome.index}`, outcome.message);
    return refuseUnsound(checkDocument(outcome.document), patch);
  },
  evolve(draft, { patch }) {
    const before = keyedDocument(stateBefore(draft));
    const outcome = patchDocument(before, patch);
    if (outcome.kind === "failed") throw new Error(`Operation ${outcome.index}: ${outcome.message}`);
    const after = outcome.document;
    editPart(draft, "nodes", before.nodes, after.nodes);
    editPart(draft, "edges", before.edges, after.edges);
    editPart(draft, "variables", before.variables, after.variables);
    setViewport(draft, after.viewport);
    setEntryNode(draft, after.entryNodeId);
  },
};

/** Problems of the resulting document, each at the last operation that led there. details.at says where it is. */
function refuseUnsound(problems: readonly StructureProblem[], patch: ClientPatch): Decision {
  if (problems.length === 0) return ACCEPTED;
  return {
    kind: "refused",
    refusals: problems.map(({ code, path, message }) => {
      const cause = patch.findLastIndex((operation) => isAbout(operation.path, path));
      return { code, path: cause < 0 ? "/patch" : `/patch/${cause}`, message, details: { at: path } };
    }),
  };
}

function isAbout(place: string, problem: string): boolean {
  return `${problem}/`.startsWith(`${place}/`) || place.startsWith(`${problem}/`);
}
