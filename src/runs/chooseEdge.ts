import type { Json } from "../kernel/canonicalJson.ts";
import { idOf, isObject } from "../scripts/document/handles.ts";
import type { GraphEdge, GraphNode } from "../scripts/storedCommand.ts";
import { optionsOf } from "./findOption.ts";
import type { RunData } from "./lookUp.ts";
import { roleOf } from "./roleOf.ts";
import type { RunGraph } from "./runGraph.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { Tried } from "./trace.ts";
import { note, tryCondition } from "./tryCondition.ts";
import type { Trial } from "./tryCondition.ts";

export interface Choice {
  /** undefined: the conversation is stuck. */
  readonly edge: GraphEdge | undefined;
  /** Why there is none, as the end of a sentence. */
  readonly why: string;
  readonly tried: readonly Tried[];
  readonly operations: number;
}

/**
 * The edge by which a settled node is left: of the edges at the handle that its answer or condition chose, the
 * first that holds; when none does, the first that holds of the edges without a handle. Lower priority first
 * (missing is 0), equal ones in the order of the list.
 */
export function chooseEdge(graph: RunGraph, node: GraphNode, data: RunData): Choice {
  const trial: Trial = { data, tried: [], left: RUN_LIMITS.nodeOperations };
  const edges = graph.leaving.get(node.id) ?? [];
  const handles = chooseHandles(trial, node);
  const atHandle = edges.filter(
    ({ sourceHandle }) => sourceHandle !== undefined && (handles === "any" || handles.includes(sourceHandle)),
  );
  const others = edges.filter(({ sourceHandle }) => sourceHandle === undefined);
  const candidates = [...atHandle, ...others];
  const edge = candidates.find((candidate) => tryEdge(graph, trial, candidate));
  return {
    edge,
    why: candidates.length > 0 ? "no edge that was tried could be taken" : whyNone(edges, handles),
    tried: trial.tried,
    operations: RUN_LIMITS.nodeOperations - trial.left,
  };
}

/** Why there was no edge to try. */
function whyNone(edges: readonly GraphEdge[], handles: readonly string[] | "any"): string {
  if (edges.length === 0) return "no edge leaves it";
  if (handles === "any" || handles.length === 0) return "no edge leaves it without a handle";
  return `no edge leaves it by ${handles.map((name) => `"${name}"`).join(" or ")}, or without a handle`;
}

function tryEdge({ nodes }: RunGraph, trial: Trial, { id, target, data }: GraphEdge): boolean {
  if (!nodes.has(target)) {
    note(trial, { what: "edge", id, path: null, values: {}, verdict: "target_missing" });
    return false;
  }
  const path = "/data/condition";
  return tryCondition(trial, { what: "edge", id, condition: data["condition"], path }) ?? false;
}

/** Names of the handle that the node is left by; none: by edges without a handle only. */
function chooseHandles(trial: Trial, node: GraphNode): readonly string[] | "any" {
  if (node.type === "condition") return chooseBranch(trial, node);
  if (roleOf(node) === "ask") return answeredHandles(trial.data, node);
  return ["start", "message", "action"].includes(node.type) ? [] : "any";
}

/** All names of the chosen option. A custom node with a free answer is left by any handle. */
function answeredHandles({ answers }: RunData, node: GraphNode): readonly string[] | "any" {
  const options = optionsOf(node);
  if (options.length === 0) return ["question", "choice"].includes(node.type) ? [] : "any";
  const chosen = Object.hasOwn(answers, node.id) ? answers[node.id]!.option : undefined;
  return options.find(({ names }) => names[0] === chosen)?.names ?? [];
}

/** The first branch whose condition holds; without branches true or false, as the node's own condition says. */
function chooseBranch(trial: Trial, { id, data }: GraphNode): readonly string[] {
  const { branches, condition } = data;
  if (Array.isArray(branches)) return firstBranch(trial, branches);
  if (condition === undefined || condition === null) return [];
  const holds = tryCondition(trial, { what: "condition", id, condition, path: "/data/condition" });
  // What could not be evaluated is neither true nor false: only an edge without a handle leads on.
  return holds === undefined ? [] : [String(holds)];
}

function firstBranch(trial: Trial, branches: readonly Json[]): readonly string[] {
  for (const [index, branch] of branches.entries()) {
    const [name] = idOf(branch);
    if (name === undefined) continue;
    const condition = isObject(branch) ? branch["condition"] : undefined;
    const path = `/data/branches/${index}/condition`;
    if (tryCondition(trial, { what: "branch", id: name, condition, path })) return [name];
  }
  return [];
}
