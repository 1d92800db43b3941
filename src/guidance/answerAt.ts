import type { Json } from "../kernel/canonicalJson.ts";
import { refuseTooManyAnswers } from "../runs/answer.ts";
import { assignVariables } from "../runs/assignVariables.ts";
import { checkFreeValue } from "../runs/checkValue.ts";
import { findOption, optionsOf, optionValue } from "../runs/findOption.ts";
import type { Option } from "../runs/findOption.ts";
import { refuseFinished } from "../runs/refuseRun.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";
import { toRunGraph } from "../runs/runGraph.ts";
import type { RunState } from "../runs/runState.ts";
import type { LogEntry } from "../runs/trace.ts";
import type { GraphNode, ScriptDocument } from "../scripts/storedCommand.ts";
import { isTyped } from "./mapRunVariables.ts";

export type AnsweredAt =
  | {
      readonly kind: "answered";
      readonly state: RunState;
      /** The variable that it filled, and its value. */
      readonly changed: { readonly [key: string]: Json };
      readonly log: readonly LogEntry[];
    }
  | RunRefusal;

/**
 * Takes the answer of POST /guidance/runs/:id/answer: at any node and any number of times, also at one that is not
 * there. A value that does not fit the node's variable does not fill it. The canonical answer refuses all of
 * these; the legacy service took them, and the move keeps them alike.
 *
 * Refusals: run_finished, those of checkFreeValue, answers_too_large.
 */
export function answerAt(
  document: ScriptDocument,
  state: RunState,
  { nodeId, value }: { readonly nodeId: string; readonly value: Json },
): AnsweredAt {
  const problems = checkFreeValue("answer", value, "/value");
  const refusal = refuseFinished(state);
  if (refusal) return refusal;
  if (problems.length > 0) return { kind: "refused", problems };
  const node = toRunGraph(document).nodes.get(nodeId);
  const option = node && findOption(optionsOf(node), value);
  const changed = node ? fill(document, state, node, { value, option }) : {};
  const answer = option ? { value, option: option.names[0]! } : { value };
  const answers = node ? { ...state.answers, [nodeId]: answer } : state.answers;
  const [variable = null] = Object.keys(changed);
  const log: LogEntry = {
    kind: "answered",
    nodeId,
    // Whole, where the canonical answer keeps a long one's beginning: the views show it as the answer's value.
    value,
    option: option?.names[0] ?? null,
    variable,
  };
  return (
    refuseTooManyAnswers(answers) ?? {
      kind: "answered",
      state: { ...leaveWait(state, nodeId), answers, variables: { ...state.variables, ...changed } },
      changed,
      log: [log],
    }
  );
}

function fill(
  document: ScriptDocument,
  state: RunState,
  { data }: GraphNode,
  given: { readonly value: Json; readonly option: Option | undefined },
): { readonly [key: string]: Json } {
  const key = data["variable"];
  if (typeof key !== "string") return {};
  const graph = toRunGraph(document);
  const value = given.option ? optionValue(given.option, graph.variables.get(key)) : given.value;
  if (!isTyped(document, key, value)) return {};
  const at = { keyPath: "/value", valuePath: "/value" };
  const assigned = assignVariables(graph, state.variables, [{ key, value, ...at }]);
  return assigned.kind === "assigned" ? { [key]: value } : {};
}

/** A run that stood at the node is done with it. */
function leaveWait(state: RunState, nodeId: string): RunState {
  if (state.currentNodeId !== nodeId) return state;
  return { ...state, waitingFor: null, settled: true };
}
