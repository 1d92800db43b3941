import { z } from "zod";
import { escapePointer } from "../../kernel/findUnsafeJson.ts";
import type { CommandDefinition } from "../command.ts";
import { checkDuplicates } from "../document/checkDuplicates.ts";
import { checkStructure } from "../document/checkStructure.ts";
import { toDocument, toKeyed } from "../document/document.ts";
import { graphInputSchema, variablesInputSchema } from "../document/schemas.ts";
import { stateBefore } from "./editDraft.ts";
import { refuseProblems } from "./refuse.ts";
import { replaceDocument } from "./replaceDocument.ts";

const payload = z.strictObject({
  graphJson: graphInputSchema,
  variablesDef: variablesInputSchema
    .exactOptional()
    .meta({ description: "Default: the variables stay as they are." }),
});
type Payload = z.infer<typeof payload>;

/** Makes the draft this graph, and these variables when they are given. Only what differs is changed. */
export const replaceGraph: CommandDefinition<Payload> = {
  type: "Scripts.ReplaceGraph",
  version: 1,
  payload,
  decide(state, document) {
    const duplicates = checkDuplicates(document.graphJson, document.variablesDef ?? []);
    if (duplicates.length > 0) return refuseProblems(duplicates);
    const { graphJson, variablesDef } = document;
    const keyed = toKeyed({ graphJson, variablesDef: variablesDef ?? [] });
    const problems = checkStructure(variablesDef ? keyed : { ...keyed, variables: state.variables });
    return refuseProblems(
      problems.map((problem) => ({ ...problem, path: payloadPath(document, problem.path) })),
    );
  },
  evolve(draft, { graphJson, variablesDef }) {
    const variables =
      variablesDef ?? toDocument({ ...stateBefore(draft), nodes: {}, edges: {} }).variablesDef;
    replaceDocument(draft, { graphJson, variablesDef: variables });
  },
};

/** Turns a pointer into the id-keyed document (/nodes/n_1/data) into one into the payload (/graphJson/nodes/0/data). */
function payloadPath({ graphJson, variablesDef }: Payload, path: string): string {
  const [, part, id, ...rest] = path.split("/");
  const lists: Record<string, [string, readonly string[]]> = {
    nodes: ["/graphJson/nodes", graphJson.nodes.map((node) => node.id)],
    edges: ["/graphJson/edges", graphJson.edges.map((edge) => edge.id)],
    variables: ["/variablesDef", (variablesDef ?? []).map((variable) => variable.key)],
  };
  const [list, ids] = lists[part ?? ""] ?? [];
  if (list === undefined || ids === undefined) return `/graphJson${path}`;
  if (id === undefined) return list;
  return [list, ids.findIndex((other) => escapePointer(other) === id), ...rest].join("/");
}
