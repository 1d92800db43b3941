import type { Json } from "../kernel/canonicalJson.ts";
import { findOption, optionsOf } from "../runs/findOption.ts";
import { roleOf } from "../runs/roleOf.ts";
import type { Answer, RunState } from "../runs/runState.ts";
import { isObject } from "../scripts/document/handles.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { parseLegacyJson } from "./legacyJson.ts";
import type { LegacyRun } from "./legacyRows.ts";
import type { GivenAnswer } from "./mapAnswers.ts";
import { isTyped } from "./mapRunVariables.ts";
import { nodeIdOf, variableKeyOf } from "./names.ts";
import { find } from "./reasons.ts";
import type { Problems } from "./reasons.ts";

type Values = { readonly [key: string]: Json };

export interface MappedState {
  /** Every variable of the legacy state by its new key. */
  readonly vars: Values;
  readonly state: RunState | null;
}

/**
 * The state from which the runner goes on. A run stands at its cursor: where that is a question with an answer, or
 * a node that asks nothing, the node is done and the next advance leaves it.
 */
export function mapRunState(
  problems: Problems,
  row: LegacyRun["row"],
  document: ScriptDocument,
  given: readonly GivenAnswer[],
  { runId, isRunning }: { readonly runId: string; readonly isRunning: boolean },
): MappedState {
  const legacy = readState(problems, row);
  const { nodes, entryNodeId } = document.graphJson;
  const vars = Object.fromEntries(
    Object.entries(legacy.vars).map(([key, value]) => [variableKeyOf(key), value]),
  );
  const cursorId = legacy.cursor === null ? null : nodeIdOf(legacy.cursor);
  const known = nodes.find(({ id }) => id === cursorId);
  if (!known && legacy.cursor !== null)
    find(problems, "run_cursor_unknown", "ScriptRun", row.id, `It is ${JSON.stringify(cursorId)}.`);
  const current = known ?? nodes.find(({ id }) => id === entryNodeId);
  if (!current) return { vars, state: null };
  const answers = Object.fromEntries(given.flatMap((answer) => (answer.node ? [toAnswer(answer)] : [])));
  const role = roleOf(current);
  const isAnswered = Object.hasOwn(answers, current.id);
  // Come to and not yet left: an end ends the run when it is advanced.
  const waits = isRunning && role === "ask" && !isAnswered && known !== undefined;
  const settled = !isRunning || (known !== undefined && !waits && role !== "end");
  return {
    vars,
    state: {
      status: isRunning ? "RUNNING" : "SUCCEEDED",
      currentNodeId: current.id,
      settled,
      waitingFor: waits ? { kind: "answer", nodeId: current.id } : null,
      variables: Object.fromEntries(
        Object.entries(vars).filter(([key, value]) => isTyped(document, key, value)),
      ),
      answers,
      correlationId: runId,
      steps: 0,
      dispatches: 0,
      outcome: null,
      failure: null,
    },
  };
}

/** { cursor, vars } of the legacy state; empty when it has another form. */
function readState(
  problems: Problems,
  row: LegacyRun["row"],
): { readonly cursor: string | null; readonly vars: Values } {
  if (row.state === null) return { cursor: null, vars: {} };
  const { value, repaired } = parseLegacyJson(row.state);
  if (repaired) find(problems, "json_repaired", "ScriptRun", row.id, "In state.");
  const { cursor = null, vars = {} } = isObject(value) ? value : {};
  const isReadable = isObject(value) && (cursor === null || typeof cursor === "string") && isObject(vars);
  if (!isReadable) find(problems, "run_state_unreadable", "ScriptRun", row.id);
  return {
    cursor: typeof cursor === "string" ? cursor : null,
    vars: isObject(vars) ? Object.fromEntries(Object.entries(vars).filter(([key]) => key !== "")) : {},
  };
}

function toAnswer({ node, nodeId, value }: GivenAnswer): [string, Answer] {
  const option = node && findOption(optionsOf(node), value)?.names[0];
  return [nodeId, option === undefined ? { value } : { value, option }];
}
