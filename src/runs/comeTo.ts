import type { GraphNode } from "../scripts/storedCommand.ts";
import { cutText } from "./cutText.ts";
import { roleOf } from "./roleOf.ts";
import type { Role } from "./roleOf.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { FinalStatus } from "./runState.ts";
import { toActionRequest } from "./toActionRequest.ts";
import { fail, record, say } from "./walk.ts";
import type { StoppedAt, Walk } from "./walk.ts";

/** Does what the node that a walk has come to is there for. undefined: the node is settled. */
export function comeTo(walk: Walk, node: GraphNode): StoppedAt | undefined {
  return BY_ROLE[roleOf(node)](walk, node);
}

const BY_ROLE: { readonly [role in Role]: (walk: Walk, node: GraphNode) => StoppedAt | undefined } = {
  ask,
  act,
  end,
  pass,
};

function ask(walk: Walk, node: GraphNode): "answer" {
  say(walk, node);
  record(walk, node, { event: "waits_for_answer" });
  walk.state = { ...walk.state, waitingFor: { kind: "answer", nodeId: node.id } };
  return "answer";
}

function pass(walk: Walk, node: GraphNode): "circle" | undefined {
  if (walk.passed.has(node.id)) return "circle";
  say(walk, node);
  settle(walk, node);
  return undefined;
}

function act(walk: Walk, node: GraphNode): StoppedAt | undefined {
  const outcome = toActionRequest(node, walk.state);
  if (outcome.kind === "failed") {
    fail(walk, node, outcome.failure);
    return "failed";
  }
  const { request } = outcome;
  const { nodeId, dispatch, correlationId, waitForCompletion } = request;
  if (!waitForCompletion && walk.passed.has(nodeId)) return "circle";
  say(walk, node);
  walk.actions.push(request);
  walk.state = { ...walk.state, dispatches: dispatch };
  if (!waitForCompletion) {
    settle(walk, node);
    return undefined;
  }
  record(walk, node, { event: "waits_for_action", dispatch });
  walk.state = { ...walk.state, waitingFor: { kind: "action", nodeId, correlationId, dispatch } };
  return "action";
}

function settle(walk: Walk, node: GraphNode): void {
  walk.passed.add(node.id);
  walk.state = { ...walk.state, settled: true };
}

const FINAL: ReadonlySet<string> = new Set<FinalStatus>(["SUCCEEDED", "FAILED", "CANCELLED"]);

/** The run has SUCCEEDED, unless data.outcome is the name of another final status. */
function end(walk: Walk, node: GraphNode): "end" {
  say(walk, node);
  record(walk, node, { event: "ended" });
  const { outcome } = node.data;
  const name = typeof outcome === "string" ? cutText(outcome, RUN_LIMITS.tracedLength) : null;
  const status = FINAL.has(name ?? "") ? (name as FinalStatus) : "SUCCEEDED";
  walk.state = { ...walk.state, status, outcome: name, settled: true };
  return "end";
}
