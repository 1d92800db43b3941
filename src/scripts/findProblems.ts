import { escapePointer } from "../kernel/findUnsafeJson.ts";
import type { KeyedDocument } from "./document/document.ts";
import type { Finding } from "./document/finding.ts";
import { error, warning } from "./document/finding.ts";
import { toFlow } from "./document/flow.ts";
import type { Flow } from "./document/flow.ts";
import { flowFindings } from "./document/flowFindings.ts";
import { learnLeaving, learnSource, learnVariables, listEdges, listNodes } from "./document/knownEntities.ts";
import type { Reference } from "./document/references.ts";
import type { EdgeState } from "./state.ts";

export type { Finding } from "./document/finding.ts";

/**
 * Errors and warnings of a whole graph, for its authors: errors first, then by path and code.
 *
 * It runs on every edit, so what one node or edge decides alone is remembered by the object's identity. Hand
 * in immutable states only: an entity that is changed in place afterwards would keep its old findings.
 */
export function findProblems(document: KeyedDocument): Finding[] {
  const nodes = listNodes(document.nodes);
  if (nodes.entities.length === 0) {
    return [
      warning("graph_empty", "/nodes", "The graph has no nodes yet. Add a start node and make it the entry."),
    ];
  }
  const flow = toFlow(document.edges, listEdges(document.edges).entities, nodes.entities);
  const found: Finding[] = [];
  const used = new Set<string>();
  addNodeFindings(found, used, flow, document);
  addEdgeFindings(found, used, flow, document);
  for (const finding of flowFindings(flow, document.entryNodeId)) found.push(finding);
  for (const key of Object.keys(document.variables)) {
    if (used.has(key)) continue;
    const message = `Nothing uses the variable "${key}". Use it, or remove it.`;
    found.push(warning("variable_unused", `/variables/${key}`, message));
  }
  return found.sort(compareFindings);
}

function addNodeFindings(found: Finding[], used: Set<string>, flow: Flow, document: KeyedDocument): void {
  const nodes = listNodes(document.nodes);
  const edges = listEdges(document.edges).entities;
  for (let n = 0; n < nodes.entities.length; n++) {
    const node = nodes.entities[n]!;
    const known = nodes.known[n]!;
    learnVariables(known, node, document.variables);
    if (!leavesAsBefore(flow, edges, n, known.leaving))
      learnLeaving(known, node, leavingEdges(flow, edges, n));
    for (const key of known.used) used.add(key);
    for (const finding of known.findings) found.push(finding);
    for (const finding of known.leavingFindings) found.push(finding);
    if (known.answers.length > 0)
      addAnswerFindings(found, `/nodes/${escapePointer(node.id)}`, known.answers, document);
  }
}

function addEdgeFindings(found: Finding[], used: Set<string>, flow: Flow, document: KeyedDocument): void {
  const nodes = listNodes(document.nodes).entities;
  const edges = listEdges(document.edges);
  for (let e = 0; e < edges.entities.length; e++) {
    const edge = edges.entities[e]!;
    const known = edges.known[e]!;
    const source = flow.sources[e]!;
    learnSource(known, edge, source < 0 ? undefined : nodes[source], document.variables);
    for (const key of known.used) used.add(key);
    for (const finding of known.findings) found.push(finding);
    if (known.answers.length > 0)
      addAnswerFindings(found, `/edges/${escapePointer(edge.id)}`, known.answers, document);
    if (source < 0) found.push(missingEnd(edge, "source"));
    if (flow.targets[e]! < 0) found.push(missingEnd(edge, "target"));
  }
}

function leavesAsBefore(
  { leaving, firstLeaving }: Flow,
  edges: readonly EdgeState[],
  n: number,
  before: readonly EdgeState[],
): boolean {
  const first = firstLeaving[n]!;
  if (firstLeaving[n + 1]! - first !== before.length) return false;
  for (let index = 0; index < before.length; index++) {
    if (edges[leaving[first + index]!] !== before[index]) return false;
  }
  return true;
}

function leavingEdges({ leaving, firstLeaving }: Flow, edges: readonly EdgeState[], n: number): EdgeState[] {
  return Array.from(leaving.subarray(firstLeaving[n], firstLeaving[n + 1]), (edge) => edges[edge]!);
}

/** Warns of answers to nodes that are not there. A node id may hold dots, so every prefix of the name counts. */
function addAnswerFindings(
  found: Finding[],
  at: string,
  answers: readonly Reference[],
  { nodes }: KeyedDocument,
): void {
  for (const { name, path } of answers) {
    const segments = name.split(".");
    if (segments.some((_, end) => Object.hasOwn(nodes, segments.slice(0, end + 1).join(".")))) continue;
    const message = `No node has the id "${name}", so this answer is always empty. Name a question of this script.`;
    found.push(warning("condition_unknown_answer", at + path, message));
  }
}

function missingEnd(edge: EdgeState, end: "source" | "target"): Finding {
  const message = `The ${end} node "${edge[end]}" does not exist. Connect the edge to another node, or remove it.`;
  return error("node_not_found", `/edges/${escapePointer(edge.id)}/${end}`, message);
}

function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.severity, b.severity) ||
    compareText(a.path, b.path) ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
