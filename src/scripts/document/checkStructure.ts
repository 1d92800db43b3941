import { escapePointer } from "../../kernel/findUnsafeJson.ts";
import { jsonBytes } from "./checkJson.ts";
import { checkEdge } from "./checkEdge.ts";
import { checkNode, checkParents } from "./checkNode.ts";
import { checkVariable } from "./checkVariable.ts";
import type { KeyedDocument } from "./document.ts";
import { LIMITS } from "./limits.ts";
import type { StructureProblem } from "./structureProblem.ts";

/**
 * Everything that makes a whole document impossible to store: empty when it is sound. What an author may
 * leave unfinished is a finding instead, see findProblems. Paths are pointers into the id-keyed document. The
 * first LIMITS.problems are reported.
 */
export function checkStructure(document: KeyedDocument): StructureProblem[] {
  const tooLarge = checkSize(document);
  if (tooLarge.length > 0) return tooLarge;
  const { nodes, edges, variables } = document;
  return [
    ...checkEntities("nodes", nodes, "id", (node) => checkNode(document, withoutParent(node))),
    ...checkParents(document),
    ...checkEntities("edges", edges, "id", (edge) => checkEdge(document, edge)),
    ...checkEntities("variables", variables, "key", checkVariable),
    ...checkEntryNode(document),
    ...checkBytes(document),
  ].slice(0, LIMITS.problems);
}

/** Checks how many nodes, edges and variables there are. */
function checkSize(document: KeyedDocument): StructureProblem[] {
  return (["nodes", "edges", "variables"] as const).flatMap((part) => {
    const count = Object.keys(document[part]).length;
    if (count <= LIMITS[part]) return [];
    const message = `A script has at most ${LIMITS[part]} ${part}, this one has ${count}. Split it into several scripts.`;
    return [{ code: "graph_too_large", path: `/${part}`, message }];
  });
}

/** Checks that the entry node, when there is one, exists. */
function checkEntryNode({
  nodes,
  entryNodeId,
}: Pick<KeyedDocument, "nodes" | "entryNodeId">): StructureProblem[] {
  if (entryNodeId === null || Object.hasOwn(nodes, entryNodeId)) return [];
  const message = `The entry node "${entryNodeId}" does not exist. Add it first, or name another node.`;
  return [{ code: "entry_node_not_found", path: "/entryNodeId", message }];
}

function checkEntities<T extends { readonly [name in IdName]: string }, IdName extends "id" | "key">(
  part: string,
  entities: { readonly [id: string]: T },
  idName: IdName,
  check: (entity: T) => StructureProblem[],
): StructureProblem[] {
  return Object.entries(entities).flatMap(([id, entity]) => {
    const problems = check(entity);
    if (entity[idName] !== id) {
      const message = `The member is called "${id}", but its ${idName} is "${entity[idName]}". Make them equal.`;
      problems.unshift({ code: "id_mismatch", path: `/${idName}`, message });
    }
    return problems.map((problem) => ({ ...problem, path: `/${part}/${escapePointer(id)}${problem.path}` }));
  });
}

function checkBytes({ nodes, edges, variables }: KeyedDocument): StructureProblem[] {
  const bytes = jsonBytes(nodes) + jsonBytes(edges) + jsonBytes(variables);
  if (bytes <= LIMITS.documentBytes) return [];
  const message = `The script takes ${bytes} bytes, ${LIMITS.documentBytes} are allowed. Split it into several scripts.`;
  return [{ code: "graph_too_large", path: "", message }];
}

/** Parents of a whole document are checked together: one by one a long chain of them takes quadratic time. */
function withoutParent<T extends { readonly parentId?: string }>(node: T): Omit<T, "parentId"> {
  if (node.parentId === undefined) return node;
  const { parentId: _, ...rest } = node;
  return rest;
}
