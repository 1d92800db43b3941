import type { Json } from "../kernel/canonicalJson.ts";
import { escapePointer } from "../kernel/findUnsafeJson.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { assignVariables } from "./assignVariables.ts";
import type { Assignment } from "./assignVariables.ts";
import { refuseNoEntry, refuseRun } from "./refuseRun.ts";
import type { RunRefusal } from "./refuseRun.ts";
import { toRunGraph } from "./runGraph.ts";
import type { RunGraph } from "./runGraph.ts";
import { NOWHERE } from "./runState.ts";
import type { RunState } from "./runState.ts";
import type { LogEntry } from "./trace.ts";
import { traceValues } from "./traceValue.ts";

export interface RunStart {
  /** Values by key; they win over the declared defaults. null takes a default away. */
  readonly variables: { readonly [key: string]: Json };
  /** Under which the run's actions are sent. */
  readonly correlationId: string;
  /** Whether a version without an entry node will do: for who only keeps variables. advance then refuses entry_missing. */
  readonly mayStandNowhere?: boolean;
}

export type StartOutcome =
  { readonly kind: "started"; readonly state: RunState; readonly log: readonly LogEntry[] } | RunRefusal;

/**
 * Starts a run at the entry node of a document. Nothing is walked yet: advance does.
 *
 * A required variable may still be without a value, because questions fill most of them; what is required is
 * that nothing empties it. Refusals: entry_missing, entry_node_not_found, and those of assignVariables with
 * paths such as /variables/age.
 */
export function startRun(document: ScriptDocument, input: RunStart): StartOutcome {
  const graph = toRunGraph(document);
  const entryNodeId = graph.entryNodeId ?? NOWHERE;
  if (entryNodeId === NOWHERE && !input.mayStandNowhere) return refuseNoEntry();
  if (entryNodeId !== NOWHERE && !graph.nodes.has(entryNodeId))
    return refuseRun("entry_node_not_found", "", `The entry node "${entryNodeId}" does not exist.`);
  const outcome = assignVariables(
    graph,
    defaultsOf(graph),
    Object.entries(input.variables).map(toAssignment),
  );
  if (outcome.kind === "refused") return outcome;
  const { variables } = outcome;
  const state: RunState = {
    status: "RUNNING",
    currentNodeId: entryNodeId,
    settled: false,
    waitingFor: null,
    variables,
    answers: {},
    correlationId: input.correlationId,
    steps: 0,
    dispatches: 0,
    outcome: null,
    failure: null,
  };
  return {
    kind: "started",
    state,
    log: [{ kind: "started", nodeId: entryNodeId, variables: traceValues(variables) }],
  };
}

function defaultsOf({ variables }: RunGraph): RunState["variables"] {
  return Object.fromEntries(
    [...variables.values()].flatMap(({ key, defaultVal = null }) =>
      defaultVal === null ? [] : [[key, defaultVal]],
    ),
  );
}

function toAssignment([key, value]: readonly [string, Json]): Assignment {
  const path = `/variables/${escapePointer(key)}`;
  return { key, value, keyPath: path, valuePath: path };
}
