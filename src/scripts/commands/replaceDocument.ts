import type { KeyedDocument } from "../document/document.ts";
import { own, toDocument } from "../document/document.ts";
import type { ScriptDocument } from "../storedCommand.ts";
import type { ScriptDraft } from "./editDraft.ts";
import { editPart, setEntryNode, setViewport, stateBefore } from "./editDraft.ts";

/**
 * Brings a draft to another document, changing only what differs: entities that stay keep what they have.
 *
 * Orders follow one rule, list by list. When a list has the same entities in the same order as now, orders
 * stay. Otherwise the list is walked once: an entity that is there already keeps its order when that is above
 * the one before it, every other gets the order before it + 1 (the first: 0).
 *
 * Appending thus renumbers nothing. Inserting renumbers what follows up to the next gap. The first sentence
 * is needed for a parent that stands before its child in the list but has a higher order.
 */
export function replaceDocument(draft: ScriptDraft, { graphJson, variablesDef }: ScriptDocument): void {
  const before = stateBefore(draft);
  const now = toDocument(before);
  const target: KeyedDocument = {
    nodes: withOrders(before.nodes, now.graphJson.nodes, graphJson.nodes, (node) => [node.id, node.parentId]),
    edges: withOrders(before.edges, now.graphJson.edges, graphJson.edges, (edge) => [edge.id]),
    variables: withOrders(before.variables, now.variablesDef, variablesDef, (variable) => [variable.key]),
    viewport: graphJson.viewport,
    entryNodeId: graphJson.entryNodeId,
  };
  editPart(draft, "nodes", before.nodes, target.nodes);
  editPart(draft, "edges", before.edges, target.edges);
  editPart(draft, "variables", before.variables, target.variables);
  setViewport(draft, target.viewport);
  setEntryNode(draft, target.entryNodeId);
}

/** The wanted entities keyed by id, each with its order. `place` gives the id and what else decides the place in the list. */
function withOrders<T extends object>(
  before: { readonly [id: string]: T & { readonly order: number } },
  now: readonly T[],
  wanted: readonly T[],
  place: (entity: T) => readonly [id: string, parentId?: string | undefined],
): { [id: string]: T & { readonly order: number } } {
  const isSameList =
    now.length === wanted.length &&
    now.every((entity, index) => samePlace(place(entity), place(wanted[index]!)));
  const placed: { [id: string]: T & { readonly order: number } } = {};
  let last = -1;
  for (const entity of wanted) {
    const [id] = place(entity);
    const order = own(before, id)?.order ?? -1;
    last = isSameList || order > last ? order : last + 1;
    placed[id] = { ...entity, order: last };
  }
  return placed;
}

function samePlace(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
