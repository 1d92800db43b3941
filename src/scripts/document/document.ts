import type { ScriptState } from "../state.ts";
import type { ScriptDocument } from "../storedCommand.ts";

/** The part of a script's state that authors edit, keyed by id. */
export type KeyedDocument = Pick<ScriptState, "nodes" | "edges" | "variables" | "viewport" | "entryNodeId">;

/**
 * The document as clients see it: lists sorted by order (equal orders by id), a parent before its children.
 */
export function toDocument(state: KeyedDocument): ScriptDocument {
  return {
    graphJson: {
      schemaVersion: 1,
      nodes: parentsFirst(sortByOrder(Object.values(state.nodes), (node) => node.id)).map(withoutOrder),
      edges: sortByOrder(Object.values(state.edges), (edge) => edge.id).map(withoutOrder),
      viewport: state.viewport,
      entryNodeId: state.entryNodeId,
    },
    variablesDef: sortByOrder(Object.values(state.variables), (variable) => variable.key).map(withoutOrder),
  };
}

/** The document keyed by id; order is the place in the list. Of duplicates the last wins: see checkDuplicates. */
export function toKeyed(document: ScriptDocument): KeyedDocument {
  const { graphJson, variablesDef } = document;
  return {
    nodes: keyedInOrder(graphJson.nodes, (node) => node.id),
    edges: keyedInOrder(graphJson.edges, (edge) => edge.id),
    variables: keyedInOrder(variablesDef, (variable) => variable.key),
    viewport: graphJson.viewport,
    entryNodeId: graphJson.entryNodeId,
  };
}

/** Own member of a record, undefined when there is none: ids such as "constructor" must not reach Object.prototype. */
export function own<T>(record: { readonly [id: string]: T }, id: string): T | undefined {
  return Object.hasOwn(record, id) ? record[id] : undefined;
}

function sortByOrder<T extends { readonly order: number }>(entities: T[], id: (entity: T) => string): T[] {
  return entities.sort((a, b) => a.order - b.order || (id(a) < id(b) ? -1 : 1));
}

function withoutOrder<T extends { readonly order: number }>(entity: T): Omit<T, "order"> {
  const { order: _, ...rest } = entity;
  return rest;
}

function keyedInOrder<T extends object>(
  entities: readonly T[],
  id: (entity: T) => string,
): { [id: string]: T & { readonly order: number } } {
  return Object.fromEntries(entities.map((entity, order) => [id(entity), { ...entity, order }]));
}

/** Moves each parent ahead of its first child and otherwise keeps the order. Terminates on parent cycles too. */
function parentsFirst<T extends { readonly id: string; readonly parentId?: string }>(
  nodes: readonly T[],
): readonly T[] {
  if (nodes.every((node) => node.parentId === undefined)) return nodes;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const placed = new Set<T>();
  for (const node of nodes) {
    const ancestry: T[] = [];
    const seen = new Set<T>();
    for (
      let next: T | undefined = node;
      next && !placed.has(next) && !seen.has(next);
      next = next.parentId === undefined ? undefined : byId.get(next.parentId)
    ) {
      seen.add(next);
      ancestry.push(next);
    }
    for (const ancestor of ancestry.toReversed()) placed.add(ancestor);
  }
  return [...placed];
}
