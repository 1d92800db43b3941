import { chooseEdge } from "../runs/chooseEdge.ts";
import { roleOf } from "../runs/roleOf.ts";
import { toRunGraph } from "../runs/runGraph.ts";
import type { RunState } from "../runs/runState.ts";
import type { Tried } from "../runs/trace.ts";
import type { GraphNode, ScriptDocument } from "../scripts/storedCommand.ts";
import { isAdded } from "./makePublishable.ts";

export type OneStep =
  | (Step & { readonly kind: "moved"; readonly node: GraphNode })
  /** It came to an end, or nothing leads on from where it stood: then there is no node, and it stays there. */
  | (Step & { readonly kind: "ended"; readonly node: GraphNode | undefined })
  | { readonly kind: "finished_already" }
  /** The state stands at a node that the document does not have. */
  | { readonly kind: "nowhere" };

interface Step {
  readonly state: RunState;
  /** The node that was left, by which edge, and what was tried for it. */
  readonly left: GraphNode;
  readonly edgeId: string | null;
  readonly tried: readonly Tried[];
}

/**
 * The step of POST /guidance/runs/:id/advance: from the current node to the next one, and no further. Clients of
 * the legacy routes show each node themselves, where the canonical advance goes on to the next question. A question
 * that nobody answered is left as well: the legacy service never checked.
 *
 * Both sides of the move take it, with the same document, so a run goes the same way on both.
 */
export function advanceByOne(document: ScriptDocument, state: RunState): OneStep {
  if (state.status !== "RUNNING") return { kind: "finished_already" };
  const graph = toRunGraph(document);
  const current = graph.nodes.get(state.currentNodeId);
  if (!current) return { kind: "nowhere" };
  const { edge, tried } = chooseEdge(graph, current, state);
  const left = { left: current, edgeId: edge?.id ?? null, tried };
  const node = edge && graph.nodes.get(edge.target);
  if (!node || isAdded(node))
    return { kind: "ended", ...left, state: end(state, state.currentNodeId), node: undefined };
  if (roleOf(node) === "end") return { kind: "ended", ...left, state: end(state, node.id), node };
  const waits = roleOf(node) === "ask";
  return {
    kind: "moved",
    ...left,
    node,
    state: {
      ...state,
      currentNodeId: node.id,
      settled: !waits,
      waitingFor: waits ? { kind: "answer", nodeId: node.id } : null,
      steps: state.steps + 1,
    },
  };
}

function end(state: RunState, currentNodeId: string): RunState {
  return {
    ...state,
    status: "SUCCEEDED",
    currentNodeId,
    settled: true,
    waitingFor: null,
    steps: state.steps + 1,
  };
}
