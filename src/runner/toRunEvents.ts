import type { NewEvent } from "../events/domainEvent.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import type { LogEntry, TraceStep } from "../runs/trace.ts";
import type { Move } from "./move.ts";

/** The run that events tell of, and what led to them. */
export interface EventSource {
  readonly tenantId: string;
  readonly runId: string;
  readonly scriptId: string;
  readonly version: number;
  readonly correlationId: string;
  readonly causationId: string;
  readonly occurredAt: Date;
}

/**
 * What a move tells the world, in this order: Runs.VariablesSet when variables changed, Runs.Advanced when the walk
 * went on (a question was answered, an action came back, or steps were taken), Runs.Finished when it is over.
 *
 * Values are not told: they may be about persons, and events travel further than the run does.
 */
export function toRunEvents(source: EventSource, from: string, move: Move): NewEvent[] {
  const { state, log, changed } = move;
  const { status, outcome, failure } = state;
  const events: NewEvent[] = [];
  const keys = Object.keys(changed);
  if (keys.length > 0) events.push(toEvent(source, "Runs.VariablesSet.v1", { keys }));
  if (log.some(({ kind }) => kind === "step" || kind === "answered" || kind === "action_completed"))
    events.push(toEvent(source, "Runs.Advanced.v1", describeAdvance(from, move)));
  if (status !== "RUNNING") {
    const payload = { status, outcome, failure: failure && { ...failure } };
    events.push({ ...toEvent(source, "Runs.Finished.v1", payload), success: status !== "FAILED" });
  }
  return events;
}

/** An event of a run; its payload says which version of which script it walks. */
export function toEvent(
  source: EventSource,
  type: string,
  payload: { readonly [key: string]: Json },
): NewEvent {
  const { tenantId, runId, scriptId, version, correlationId, causationId, occurredAt } = source;
  return {
    tenantId,
    type,
    scriptId,
    runId,
    correlationId,
    causationId,
    payload: { runId, scriptId, version, ...payload },
    occurredAt,
  };
}

function describeAdvance(from: string, { state, log }: Move): { readonly [key: string]: Json } {
  const { status, currentNodeId, waitingFor } = state;
  return {
    from,
    to: currentNodeId,
    settled: settledNode(log),
    steps: log
      .filter((entry): entry is TraceStep => entry.kind === "step")
      .map(({ nodeId, event, nextNodeId }) => ({ from: nodeId, to: nextNodeId, event })),
    status,
    waitingFor: waitingFor && { kind: waitingFor.kind, nodeId: waitingFor.nodeId },
  };
}

/** The node whose answer or completion came in; null when the move was steps only. */
function settledNode(log: readonly LogEntry[]): string | null {
  const entry = log.find(({ kind }) => kind === "answered" || kind === "action_completed");
  return entry && "nodeId" in entry ? entry.nodeId : null;
}
