import type { Prisma } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import type { RunRow } from "../reads/runRow.ts";
import { isObject } from "../scripts/document/handles.ts";
import { NOWHERE } from "../runs/runState.ts";
import type { RunState } from "../runs/runState.ts";
import type { ActionRequest } from "../runs/toActionRequest.ts";
import type { Move } from "./move.ts";
import type { MoveDeps, Mover, RunCommand } from "./runnerDeps.ts";
import { toRunEvents } from "./toRunEvents.ts";
import { writeLog } from "./writeLog.ts";
import { writeVariables } from "./writeVariables.ts";

/** Who or what causes a move. */
export interface Cause {
  /** Names the request: a repeat of it is found in the run's log. */
  readonly requestId: string;
  readonly mover: Mover;
  /** Where the request stands in its trace. */
  readonly traceparent?: string | undefined;
}

/** Writes a move, in the transaction that holds the run's lock. Commands that it sends go into the outbox with it. */
export async function commitMove(
  deps: MoveDeps,
  tx: TenantTx,
  run: RunRow,
  input: Cause & { readonly from: string; readonly move: Move },
): Promise<void> {
  const { move, requestId, mover } = input;
  const { tenantId, id: runId } = run;
  // Clocks differ between processes; within one run time does not go back.
  const now = new Date(Math.max(deps.now().getTime(), run.updatedAt.getTime()));
  const log = {
    requestId,
    actorId: mover.actor.id,
    occurredAt: now,
    after: run.logLength,
    entries: move.log,
  };
  // The run's own row comes last: its columns say what the rows before it add up to.
  await writeVariables(tx, { tenantId, runId }, move.changed, now);
  await writeLog(tx, { tenantId, runId }, log);
  for (const action of move.actions) await deps.sendCommand(tx, toRunCommand(run, action, input, now));
  await deps.pause?.("half_written", { tenantId, runId });
  await tx.scriptRun.update({
    where: { tenantId_id: { tenantId, id: runId } },
    data: toColumns(run, move, now),
    select: { id: true },
  });
  const { scriptId, version, correlationId } = run;
  const source = {
    tenantId,
    runId,
    scriptId,
    version,
    correlationId,
    causationId: requestId,
    occurredAt: now,
  };
  await deps.writeEvents(tx, toRunEvents(source, input.from, move));
  await deps.pause?.("before_commit", { tenantId, runId });
}

function toColumns(run: RunRow, move: Move, now: Date) {
  const { state, log } = move;
  return {
    status: state.status,
    currentNodeId: state.currentNodeId === NOWHERE ? null : state.currentNodeId,
    state: state as unknown as Prisma.InputJsonObject,
    logLength: run.logLength + log.length,
    actionDueAt: move.walksOn ? now : dueAt(run.actionDueAt, move, now),
    updatedAt: now,
    endedAt: state.status === "RUNNING" ? null : now,
  };
}

/** An action that takes longer than a year is not waited for in earnest; it also keeps the time within range. */
const MAX_TIMEOUT_MS = 365 * 24 * 3_600_000;

/** When the action that the run now waits for counts as failed; null: it waits for none, or without an end. */
function dueAt(before: Date | null, { state, actions }: Move, now: Date): Date | null {
  const dispatch = awaited(state);
  if (dispatch === undefined) return null;
  const sent = actions.find((action) => action.dispatch === dispatch);
  // The wait has begun with an earlier move.
  if (!sent) return before;
  const { timeoutMs } = sent;
  return timeoutMs === null ? null : new Date(now.getTime() + Math.min(timeoutMs, MAX_TIMEOUT_MS));
}

function awaited({ waitingFor }: RunState): number | undefined {
  return waitingFor?.kind === "action" ? waitingFor.dispatch : undefined;
}

function toRunCommand(
  run: RunRow,
  { command, payload, nodeId, dispatch, correlationId }: ActionRequest,
  { requestId, mover, traceparent }: Cause,
  sentAt: Date,
): RunCommand {
  const { tenantId, id: runId, scriptId, version } = run;
  return {
    tenantId,
    runId,
    command,
    payload: isObject(payload) ? payload : { value: payload },
    context: { scriptId, version, runId, nodeId },
    correlationId,
    causationId: requestId,
    traceparent,
    mover,
    nodeId,
    dispatch,
    sentAt,
  };
}
