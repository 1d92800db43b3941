import type { GraphNode } from "../scripts/storedCommand.ts";
import { toPrompt } from "./currentPrompt.ts";
import type { Prompt } from "./currentPrompt.ts";
import { roleOf } from "./roleOf.ts";
import type { RunGraph } from "./runGraph.ts";
import type { RunFailure, RunState } from "./runState.ts";
import type { ActionRequest } from "./toActionRequest.ts";
import type { TraceStep, Tried } from "./trace.ts";

/**
 * Why an advance ended. answer, action: it waits. end: the run has finished at an end node. dead_end: it FAILED,
 * because no edge could be taken. failed: it FAILED otherwise, see state.failure. limit: it had gone far enough for
 * one time, and goes on when it is advanced again. circle: it came round to where it had been, so it goes on only
 * once somebody has set a variable that leads out.
 */
export type StoppedAt = "answer" | "action" | "end" | "dead_end" | "failed" | "limit" | "circle";

/** An advance under way. state and work are replaced, the lists grow. */
export interface Walk {
  readonly graph: RunGraph;
  state: RunState;
  /** Operations of conditions and characters of prompts. */
  work: number;
  readonly steps: TraceStep[];
  readonly actions: ActionRequest[];
  readonly prompts: Prompt[];
  /** Nodes that were passed. Nothing changes on the way, so passing one again means going round for ever. */
  readonly passed: Set<string>;
}

/** Notes a step, under the run's next number. */
export function record(
  walk: Walk,
  { id, type }: GraphNode,
  what: Pick<TraceStep, "event"> & Partial<TraceStep>,
): void {
  const number = walk.state.steps + 1;
  const nothing = { tried: [], edgeId: null, nextNodeId: null, dispatch: null, failure: null };
  walk.steps.push({ kind: "step", number, nodeId: id, nodeType: type, ...nothing, ...what });
  walk.state = { ...walk.state, steps: number };
}

/** Says what a node has to say; one that asks is shown even without a prompt. */
export function say(walk: Walk, node: GraphNode): void {
  const speaks = typeof node.data["prompt"] === "string" && node.data["prompt"].trim() !== "";
  if (!speaks && roleOf(node) !== "ask") return;
  const prompt = toPrompt(walk.graph, node, walk.state);
  walk.work += prompt.prompt?.length ?? 0;
  walk.prompts.push(prompt);
}

/** The run has failed at this node. */
export function fail(walk: Walk, node: GraphNode, failure: RunFailure, tried: readonly Tried[] = []): void {
  record(walk, node, { event: "failed", tried, failure });
  walk.state = { ...walk.state, status: "FAILED", failure };
}
