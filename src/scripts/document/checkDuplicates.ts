import type { GraphJson, VariableDef } from "../storedCommand.ts";
import type { StructureProblem } from "./structureProblem.ts";

/**
 * Finds ids and keys that stand twice in the lists of a document; keyed by id the earlier one would be lost,
 * and React Flow drops it silently. Paths are pointers into { graphJson, variablesDef }: /graphJson/nodes/3/id.
 */
export function checkDuplicates(
  graphJson: Pick<GraphJson, "nodes" | "edges">,
  variablesDef: readonly Pick<VariableDef, "key">[],
): StructureProblem[] {
  return [
    ...repeats(graphJson.nodes, (node) => node.id).map(([index, id]) => ({
      code: "duplicate_node_id",
      path: `/graphJson/nodes/${index}/id`,
      message: `Another node has the id "${id}" already. Give each node its own.`,
    })),
    ...repeats(graphJson.edges, (edge) => edge.id).map(([index, id]) => ({
      code: "duplicate_edge_id",
      path: `/graphJson/edges/${index}/id`,
      message: `Another edge has the id "${id}" already. Give each edge its own.`,
    })),
    ...repeats(variablesDef, (variable) => variable.key).map(([index, key]) => ({
      code: "duplicate_variable_key",
      path: `/variablesDef/${index}/key`,
      message: `Another variable has the key "${key}" already. Give each variable its own.`,
    })),
  ];
}

/** Index and id of every entry whose id an earlier entry has. */
function repeats<T>(entries: readonly T[], idOf: (entry: T) => string): [number, string][] {
  const seen = new Set<string>();
  const repeated: [number, string][] = [];
  for (const [index, entry] of entries.entries()) {
    const id = idOf(entry);
    if (seen.has(id)) repeated.push([index, id]);
    seen.add(id);
  }
  return repeated;
}
