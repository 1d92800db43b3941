import type { GraphNode, ScriptDocument } from "../scripts/storedCommand.ts";
import { chooseEdge } from "./chooseEdge.ts";
import { comeTo } from "./comeTo.ts";
import type { Prompt } from "./currentPrompt.ts";
import { refuseFinished, refuseNoEntry, refuseRun } from "./refuseRun.ts";
import type { RunRefusal } from "./refuseRun.ts";
import { toRunGraph } from "./runGraph.ts";
import type { RunGraph } from "./runGraph.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import { NOWHERE } from "./runState.ts";
import type { RunState } from "./runState.ts";
import type { ActionRequest } from "./toActionRequest.ts";
import type { TraceStep } from "./trace.ts";
import { fail, record } from "./walk.ts";
import type { StoppedAt, Walk } from "./walk.ts";

export type AdvanceOutcome =
  | {
      readonly kind: "advanced";
      readonly state: RunState;
      /** The log of this advance. */
      readonly steps: readonly TraceStep[];
      /** To send, in order; of these only the last can be one that the run waits for. */
      readonly actions: readonly ActionRequest[];
      /** What was said on the way, in order; when it stopped at an answer, the last is the question. */
      readonly prompts: readonly Prompt[];
      readonly stoppedAt: StoppedAt;
      /** Operations of conditions and characters of prompts: what this cost. */
      readonly work: number;
    }
  | RunRefusal;

/**
 * Walks a run from its current node along the edges until it must wait, ends, or has gone far enough. The same
 * document and state always give the same walk.
 *
 * Refusals: run_finished, waiting_for_answer, waiting_for_action, entry_missing, node_not_found (the state is of
 * another version).
 */
export function advance(document: ScriptDocument, state: RunState): AdvanceOutcome {
  const graph = toRunGraph(document);
  const refusal = refuseFinished(state) ?? refuseWaiting(state) ?? refuseNowhere(graph, state);
  if (refusal) return refusal;
  const walk: Walk = { graph, state, work: 0, steps: [], actions: [], prompts: [], passed: new Set() };
  for (;;) {
    const stoppedAt = takeStep(walk, graph.nodes.get(walk.state.currentNodeId)!);
    if (stoppedAt === undefined) continue;
    const { steps, actions, prompts, work } = walk;
    return { kind: "advanced", state: walk.state, steps, actions, prompts, stoppedAt, work };
  }
}

function refuseWaiting({ waitingFor }: RunState): RunRefusal | undefined {
  if (!waitingFor) return undefined;
  const way = waitingFor.kind === "answer" ? "Answer it first." : "Its completion lets the run go on.";
  const message = `This run waits at node "${waitingFor.nodeId}". ${way}`;
  return refuseRun(`waiting_for_${waitingFor.kind}`, "", message);
}

function refuseNowhere({ nodes }: RunGraph, { currentNodeId }: RunState): RunRefusal | undefined {
  if (nodes.has(currentNodeId)) return undefined;
  if (currentNodeId === NOWHERE) return refuseNoEntry();
  const message = `This run stands at node "${currentNodeId}", which this version does not have. Use the version that it pins.`;
  return refuseRun("node_not_found", "", message);
}

function takeStep(walk: Walk, node: GraphNode): StoppedAt | undefined {
  const { steps, settled } = walk.state;
  if (steps >= RUN_LIMITS.runSteps) {
    const message = `This run has taken ${steps} steps, which is as many as a run may take.`;
    fail(walk, node, { code: "too_many_steps", nodeId: node.id, message });
    return "failed";
  }
  if (walk.steps.length >= RUN_LIMITS.advanceSteps || walk.work >= RUN_LIMITS.advanceWork) return "limit";
  return settled ? leave(walk, node) : comeTo(walk, node);
}

function leave(walk: Walk, node: GraphNode): StoppedAt | undefined {
  const { edge, why, tried, operations } = chooseEdge(walk.graph, node, walk.state);
  walk.work += operations;
  if (!edge) {
    const message = `The conversation is stuck at node "${node.id}": ${why}.`;
    fail(walk, node, { code: "dead_end", nodeId: node.id, message }, tried);
    return "dead_end";
  }
  const sent = walk.actions.at(-1);
  const dispatch = sent?.nodeId === node.id ? sent.dispatch : null;
  record(walk, node, { event: "moved", tried, edgeId: edge.id, nextNodeId: edge.target, dispatch });
  walk.state = { ...walk.state, currentNodeId: edge.target, settled: false };
  return undefined;
}
