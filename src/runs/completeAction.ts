import type { Json } from "../kernel/canonicalJson.ts";
import { escapePointer } from "../kernel/findUnsafeJson.ts";
import { isObject } from "../scripts/document/handles.ts";
import type { GraphNode, ScriptDocument } from "../scripts/storedCommand.ts";
import { refuseTooManyAnswers } from "./answer.ts";
import { assignVariables } from "./assignVariables.ts";
import type { Assignment } from "./assignVariables.ts";
import { checkFreeValue } from "./checkValue.ts";
import { cutText } from "./cutText.ts";
import { lookUpMember } from "./lookUp.ts";
import { refuseFinished, refuseRun } from "./refuseRun.ts";
import type { RunRefusal } from "./refuseRun.ts";
import { toRunGraph } from "./runGraph.ts";
import type { RunGraph } from "./runGraph.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { RunFailure, RunState } from "./runState.ts";
import { readAction } from "./toActionRequest.ts";
import type { LogEntry } from "./trace.ts";
import { traceValues } from "./traceValue.ts";

export interface ActionCompletion {
  readonly nodeId: string;
  /** As in the ActionRequest: a completion that is delivered twice must not complete a later visit. */
  readonly dispatch: number;
  readonly success: boolean;
  /** What the action gave back, or its error. */
  readonly result: Json;
}

export type CompleteOutcome =
  | {
      readonly kind: "completed";
      /** RUNNING, or FAILED when the action failed and the node does not say continueOnFailure. */
      readonly state: RunState;
      /** The variables that the result filled; null: it has none any more. */
      readonly changed: { readonly [key: string]: Json };
      readonly log: readonly LogEntry[];
    }
  | RunRefusal;

/** What a completion gives: new variables, the result to remember, and what is wrong with it. */
interface Reading {
  readonly variables: RunState["variables"];
  readonly changed: { readonly [key: string]: Json };
  readonly result: Json;
  readonly success: boolean;
  readonly failure: RunFailure | null;
}

/**
 * Takes in the completion of the action that a run waits for: fills the variables of its output, and keeps
 * { success, result } as the node's answer, so that conditions see answers.<nodeId>.success.
 *
 * A member that the result lacks leaves its variable alone. A result that does not fit counts as a failure.
 * Refusals: run_finished, action_not_waited_for (also for a late or repeated completion: ignore it).
 */
export function completeAction(
  document: ScriptDocument,
  state: RunState,
  input: ActionCompletion,
): CompleteOutcome {
  const graph = toRunGraph(document);
  const node = graph.nodes.get(input.nodeId);
  const refusal = refuseFinished(state) ?? refuseStranger(state, input);
  if (refusal) return refusal;
  if (!node) return refuseRun("node_not_found", "/nodeId", `This version has no node "${input.nodeId}".`);
  const { success, result, variables, changed, failure } = readCompletion(graph, state, node, input);
  const fails = failure !== null && !readAction(node).continueOnFailure;
  const { nodeId, dispatch } = input;
  return {
    kind: "completed",
    state: {
      ...state,
      variables,
      answers: { ...state.answers, [nodeId]: { value: { success, result } } },
      waitingFor: null,
      settled: true,
      ...(fails ? { status: "FAILED", failure } : {}),
    },
    changed,
    log: [
      {
        kind: "action_completed",
        nodeId,
        dispatch,
        success,
        variables: traceValues(changed),
        failure,
      },
    ],
  };
}

function refuseStranger({ waitingFor }: RunState, input: ActionCompletion): RunRefusal | undefined {
  if (
    waitingFor?.kind === "action" &&
    waitingFor.nodeId === input.nodeId &&
    waitingFor.dispatch === input.dispatch
  )
    return undefined;
  const message = `This run does not wait for action ${input.dispatch} of node "${input.nodeId.slice(0, 100)}".`;
  return refuseRun("action_not_waited_for", "", message);
}

function readCompletion(
  graph: RunGraph,
  state: RunState,
  node: GraphNode,
  { success, result }: ActionCompletion,
): Reading {
  const unchanged = { variables: state.variables, changed: {}, success: false };
  const [problem] = [
    ...checkFreeValue(node.id, result, "/result"),
    ...(refuseTooManyAnswers({ ...state.answers, [node.id]: { value: { success, result } } })?.problems ??
      []),
  ];
  if (problem)
    return { ...unchanged, result: null, failure: toFailure(node, "action_result_invalid", problem.message) };
  if (!success)
    return {
      ...unchanged,
      result,
      failure: toFailure(node, "action_failed", `Action "${node.id}" failed${whyFailed(result)}.`),
    };
  const assignments = toAssignments(node, result);
  const outcome = assignVariables(graph, state.variables, assignments);
  if (outcome.kind === "refused") {
    const { message } = outcome.problems[0]!;
    return { ...unchanged, result, failure: toFailure(node, "action_result_invalid", message) };
  }
  const changed = Object.fromEntries(assignments.map(({ key, value }) => [key, value]));
  return { variables: outcome.variables, changed, result, success, failure: null };
}

/** What the error of an action says, as the end of a sentence. */
function whyFailed(error: Json): string {
  const message = isObject(error) ? (error["message"] ?? error["code"]) : error;
  if (typeof message !== "string" || message === "") return "";
  return `: ${cutText(message.replace(/\.$/, ""), RUN_LIMITS.tracedLength)}`;
}

function toAssignments(node: GraphNode, result: Json): Assignment[] {
  return Object.entries(readAction(node).output).flatMap(([key, member]) => {
    const value = lookUpMember(result, member);
    const path = `/result/${escapePointer(member)}`;
    return value === undefined ? [] : [{ key, value, keyPath: path, valuePath: path }];
  });
}

function toFailure({ id }: GraphNode, code: RunFailure["code"], message: string): RunFailure {
  return { code, nodeId: id, message };
}
