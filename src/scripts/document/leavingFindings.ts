import type { Json } from "../../kernel/canonicalJson.ts";
import { escapePointer } from "../../kernel/findUnsafeJson.ts";
import type { EdgeState, NodeState } from "../state.ts";
import type { Finding } from "./finding.ts";
import { error, warning } from "./finding.ts";
import { idOf, optionNames } from "./handles.ts";

/** Findings that one node and the edges that leave it decide alone. A node that no edge leaves has none. */
export function leavingFindings(node: NodeState, leaving: readonly EdgeState[]): Finding[] {
  const at = `/nodes/${escapePointer(node.id)}`;
  if (leaving.length === 0) return [];
  const edges = leaving.toSorted((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
  if (node.type === "end") {
    return [
      warning(
        "end_with_edges",
        at,
        `A conversation stops at an end node. Remove ${list(edges)}, or change the type.`,
      ),
    ];
  }
  return [
    ...conditionFindings(at, node, edges),
    ...coverFindings(at, node, edges),
    ...ambiguousFindings(at, edges),
    ...stuckFindings(at, edges),
  ];
}

/** Whether an edge is taken whenever it is come to. */
function isUnconditional({ data }: EdgeState): boolean {
  const { condition } = data;
  return condition === undefined || condition === null || condition === true;
}

function conditionFindings(at: string, { type, data }: NodeState, edges: readonly EdgeState[]): Finding[] {
  if (type !== "condition" || Array.isArray(data["branches"]) || hasCondition(data["condition"])) return [];
  if (edges.every((edge) => edge.sourceHandle === undefined) && !edges.every(isUnconditional)) return [];
  const message =
    "This condition node decides nothing. Write data.condition, data.branches, or conditions on its edges.";
  return [error("condition_missing", `${at}/data/condition`, message)];
}

/** Options and branches that no edge leaves by. An edge without a handle, taken when no other is, covers them. */
function coverFindings(at: string, { type, data }: NodeState, edges: readonly EdgeState[]): Finding[] {
  const fallbacks = edges.filter((edge) => edge.sourceHandle === undefined);
  if (fallbacks.some(isUnconditional)) return [];
  const handles = new Set(edges.map((edge) => edge.sourceHandle));
  const report = (what: "option" | "branch", name: string, path: string): Finding => {
    const message = `No edge leaves by ${what} "${name}". Connect it, or add an edge without sourceHandle for the rest.`;
    // An edge without handle whose condition may hold could still lead on: only its author knows.
    return (fallbacks.length === 0 ? error : warning)(`${what}_without_edge`, path, message);
  };
  const uncovered = (
    what: "option" | "branch",
    entries: Json | undefined,
    namesOf: (entry: Json) => string[],
  ) =>
    (Array.isArray(entries) ? (entries as readonly Json[]) : []).flatMap((entry, index) => {
      const names = namesOf(entry);
      if (names[0] === undefined || names.some((name) => handles.has(name))) return [];
      return [report(what, names[0], `${at}/data/${what === "option" ? "options" : "branches"}/${index}`)];
    });
  if (type === "question" || type === "choice") return uncovered("option", data["options"], optionNames);
  if (type !== "condition") return [];
  if (Array.isArray(data["branches"])) return uncovered("branch", data["branches"], idOf);
  if (!hasCondition(data["condition"])) return [];
  return ["true", "false"].filter((name) => !handles.has(name)).map((name) => report("branch", name, at));
}

/** Unconditional edges that leave by one handle with one priority: which is taken would be left to chance. */
function ambiguousFindings(at: string, edges: readonly EdgeState[]): Finding[] {
  const groups = Map.groupBy(edges.filter(isUnconditional), ({ sourceHandle, data }) =>
    JSON.stringify([sourceHandle ?? null, data["priority"] ?? 0]),
  );
  return [...groups.values()].flatMap((group) => {
    if (group.length < 2) return [];
    const message = `Always the first of these edges is taken: ${list(group)}. Give them conditions or different priorities, or remove all but one.`;
    return [warning("ambiguous_edges", at, message)];
  });
}

/** Handles at which a conversation stops when no condition holds. */
function stuckFindings(at: string, edges: readonly EdgeState[]): Finding[] {
  const isFallback = (edge: EdgeState): boolean => edge.sourceHandle === undefined && isUnconditional(edge);
  if (edges.some(isFallback)) return [];
  return [...Map.groupBy(edges, (edge) => edge.sourceHandle)].flatMap(([handle, group]) => {
    if (group.some(isUnconditional)) return [];
    const where = handle === undefined ? "here" : `at handle "${handle}"`;
    const message = `When no condition of ${list(group)} holds, the conversation is stuck ${where}. Add an edge without condition.`;
    return [warning("no_default_edge", at, message)];
  });
}

function hasCondition(condition: Json | undefined): boolean {
  return condition !== undefined && condition !== null;
}

function list(edges: readonly EdgeState[]): string {
  const names = edges
    .slice(0, 5)
    .map((edge) => `"${edge.id}"`)
    .join(", ");
  return edges.length > 5 ? `${names} and ${edges.length - 5} more` : names;
}
