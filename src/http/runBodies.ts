import type { ScriptRunLog } from "../db/generated/client.ts";
import type { RunRow, RunSummaryRow } from "../reads/runRow.ts";
import type { Simulation } from "../runs/simulate.ts";
import type { ActionRequest } from "../runs/toActionRequest.ts";
import type { LogEntry } from "../runs/trace.ts";
import type { RunView } from "../runner/viewRun.ts";

/* Runs as the API shows them: see bodies.ts. */

export function runSummaryBody(row: RunSummaryRow) {
  return {
    runId: row.id,
    scriptId: row.scriptId,
    version: row.version,
    status: row.status,
    startedById: row.startedById,
    connectorType: row.connectorType,
    connectorKey: row.connectorKey,
    subject: subjectBody(row),
    correlationId: row.correlationId,
    currentNodeId: row.currentNodeId,
    startedAt: row.startedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

export function runBody({ run, state, prompt }: RunView) {
  const { waitingFor, outcome, failure } = state;
  return {
    ...runSummaryBody(run),
    waitingFor,
    // Of a run that waits for nothing it is when the worker walks it on.
    actionDueAt: waitingFor?.kind === "action" ? (run.actionDueAt?.toISOString() ?? null) : null,
    outcome,
    failure,
    variables: run.variables.map(variableBody),
    prompt,
  };
}

export function traceEntryBody(row: ScriptRunLog) {
  const { ordinal, requestId, actorId, occurredAt, entry } = row;
  return {
    ordinal,
    requestId,
    actorId,
    occurredAt: occurredAt.toISOString(),
    // Written from a LogEntry by the runner.
    entry: entry as unknown as LogEntry,
  };
}

export function simulationBody({ state, actions, ...walked }: Simulation) {
  const { status, currentNodeId, waitingFor, outcome, failure, variables } = state;
  const { path, stoppedAt, answersUsed, log, prompts } = walked;
  return {
    status,
    currentNodeId,
    waitingFor,
    outcome,
    failure,
    variables,
    path,
    stoppedAt,
    answersUsed,
    log,
    actions: actions.map(actionBody),
    prompts,
  };
}

function actionBody({ nodeId, dispatch, command, payload, waitForCompletion, timeoutMs }: ActionRequest) {
  return { nodeId, dispatch, command, payload, waitForCompletion, timeoutMs };
}

function subjectBody({ subjectSchema: schema, subjectModel: model, subjectId: id }: RunSummaryRow) {
  return schema === null && model === null && id === null ? null : { schema, model, id };
}

function variableBody({ key, strVal, numVal, boolVal, jsonVal, updatedAt }: RunRow["variables"][number]) {
  return { key, strVal, numVal, boolVal, jsonVal: jsonVal as unknown, updatedAt: updatedAt.toISOString() };
}
