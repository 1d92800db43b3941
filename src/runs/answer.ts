import type { Json } from "../kernel/canonicalJson.ts";
import { jsonBytes } from "../scripts/document/checkJson.ts";
import type { GraphNode, ScriptDocument } from "../scripts/storedCommand.ts";
import { assignVariables } from "./assignVariables.ts";
import { checkFreeValue } from "./checkValue.ts";
import { findOption, optionsOf, optionValue } from "./findOption.ts";
import type { Option } from "./findOption.ts";
import { refuseFinished, refuseRun } from "./refuseRun.ts";
import type { RunRefusal } from "./refuseRun.ts";
import { toRunGraph } from "./runGraph.ts";
import type { RunGraph } from "./runGraph.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { Answer, RunState } from "./runState.ts";
import type { LogEntry } from "./trace.ts";
import { traceValue } from "./traceValue.ts";

export interface AnswerInput {
  readonly nodeId: string;
  /** Of a question with options: an option's id or value. null: no answer, where none is required. */
  readonly value: Json;
}

export type AnswerOutcome =
  | {
      readonly kind: "answered";
      readonly state: RunState;
      /** The variable that the answer filled and its value; null: it has none any more. */
      readonly changed: { readonly [key: string]: Json };
      readonly log: readonly LogEntry[];
    }
  | RunRefusal;

/**
 * Answers the question that a run waits at, and fills its variable. The walk goes on by advance.
 *
 * Refusals: run_finished, node_not_found, not_waiting_for_answer, node_not_current, option_not_found,
 * answers_too_large, and those of assignVariables; paths /nodeId and /value.
 */
export function answer(document: ScriptDocument, state: RunState, input: AnswerInput): AnswerOutcome {
  const graph = toRunGraph(document);
  const refusal = refuseFinished(state) ?? refusePlace(graph, state, input);
  if (refusal) return refusal;
  const node = graph.nodes.get(input.nodeId)!;
  const options = optionsOf(node);
  const option = findOption(options, input.value);
  if (!option && (options.length > 0 || node.type === "choice")) return refuseOption(node, options);
  return fill(graph, state, node, input.value, option);
}

/** Refuses an answer to a node that the run does not wait at. */
function refusePlace(
  { nodes }: RunGraph,
  { waitingFor }: RunState,
  { nodeId }: AnswerInput,
): RunRefusal | undefined {
  const path = "/nodeId";
  const way = wayOn(waitingFor);
  if (!nodes.has(nodeId))
    return refuseRun("node_not_found", path, `This version has no node "${nodeId.slice(0, 100)}". ${way}`);
  if (waitingFor?.kind !== "answer") return refuseRun("not_waiting_for_answer", path, way);
  return waitingFor.nodeId === nodeId ? undefined : refuseRun("node_not_current", path, way);
}

function wayOn(waitingFor: RunState["waitingFor"]): string {
  if (waitingFor?.kind === "answer")
    return `This run waits for the answer of node "${waitingFor.nodeId}". Answer that one.`;
  const why = waitingFor ? `waits for action "${waitingFor.nodeId}"` : "has to be advanced first";
  return `This run waits for no answer: it ${why}.`;
}

function refuseOption({ id }: GraphNode, options: readonly Option[]): RunRefusal {
  const names = options.slice(0, 20).map((option) => `"${option.names[0]!}"`);
  const way = names.length > 0 ? `Choose one of ${names.join(", ")}.` : "It offers none.";
  return refuseRun("option_not_found", "/value", `Node "${id}" has no such option. ${way}`);
}

function fill(
  graph: RunGraph,
  state: RunState,
  node: GraphNode,
  given: Json,
  option: Option | undefined,
): AnswerOutcome {
  const path = "/value";
  const variable = typeof node.data["variable"] === "string" ? node.data["variable"] : null;
  const value = option ? optionValue(option, graph.variables.get(variable ?? "")) : given;
  const assignments = variable === null ? [] : [{ key: variable, value, keyPath: path, valuePath: path }];
  const outcome = assignVariables(graph, state.variables, assignments);
  if (outcome.kind === "refused") return outcome;
  const problems = variable === null ? checkFreeValue(node.id, value, path) : [];
  if (problems.length > 0) return { kind: "refused", problems };
  const answers = { ...state.answers, [node.id]: { value, ...(option ? { option: option.names[0]! } : {}) } };
  return (
    refuseTooManyAnswers(answers) ?? {
      kind: "answered",
      state: { ...state, variables: outcome.variables, answers, waitingFor: null, settled: true },
      changed: variable === null ? {} : { [variable]: value },
      log: [
        {
          kind: "answered",
          nodeId: node.id,
          value: traceValue(value),
          option: option?.names[0] ?? null,
          variable,
        },
      ],
    }
  );
}

/** Refuses answers that take too much room in the run's row. */
export function refuseTooManyAnswers(answers: { readonly [nodeId: string]: Answer }): RunRefusal | undefined {
  const bytes = jsonBytes(answers);
  if (bytes <= RUN_LIMITS.answersBytes) return undefined;
  const message = `The answers of this run would take ${bytes} bytes, ${RUN_LIMITS.answersBytes} are allowed. Keep large content elsewhere.`;
  return refuseRun("answers_too_large", "/value", message);
}
