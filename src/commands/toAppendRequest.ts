import { newId } from "../kernel/newId.ts";
import type { AppendRequest, ScriptProjection } from "../log/appendCommands.ts";
import { chainHash } from "../log/chainHash.ts";
import type { LogRow } from "../log/logRow.ts";
import type { StreamTip } from "../log/streamTip.ts";
import type { DecidedCommand } from "../scripts/decideBatch.ts";
import { REDUCER_VERSION, type ScriptState } from "../scripts/state.ts";
import type { NamedSubmission } from "./submission.ts";

/** A decided batch: what goes to the log, and the tip that the script has once it is there. */
export interface PreparedBatch {
  readonly request: AppendRequest;
  readonly tip: StreamTip;
}

/** Turns decided commands into log rows chained to the tip they were decided on. */
export function toAppendRequest(
  tip: StreamTip,
  submission: NamedSubmission,
  decided: { readonly commands: readonly DecidedCommand[]; readonly state: ScriptState },
  now: Date,
): PreparedBatch {
  const isNew = tip.sequence === 0;
  // Clocks of several processes differ; within a script time must not go back, or a read "as of" a time
  // would see a later command without an earlier one.
  const createdAt = !isNew && tip.lastCreatedAt > now ? tip.lastCreatedAt : now;
  const rows = toLogRows(tip, submission, decided.commands, createdAt);
  const last = rows.at(-1)!;
  const after: StreamTip = {
    state: decided.state,
    sequence: last.sequence,
    chainHash: last.chainHash,
    lastCreatedAt: createdAt,
    createdById: isNew ? submission.actor.id : tip.createdById,
    createdAt: isNew ? createdAt : tip.createdAt,
  };
  return {
    tip: after,
    request: {
      tenantId: submission.tenantId,
      scriptId: submission.scriptId,
      traceparent: submission.traceparent,
      expectedSequence: tip.sequence,
      expectedChainHash: isNew ? null : tip.chainHash,
      wait: false,
      headSequence: after.sequence,
      chainHash: after.chainHash,
      script: toProjection(tip.state, submission, after),
      updatedById: submission.actor.id,
      updatedAt: createdAt.toISOString(),
      commands: rows,
    },
  };
}

function toLogRows(
  tip: StreamTip,
  submission: NamedSubmission,
  commands: readonly DecidedCommand[],
  createdAt: Date,
): LogRow[] {
  let previousHash = tip.chainHash;
  return commands.map((command, index) => {
    const row: Omit<LogRow, "chainHash"> = {
      tenantId: submission.tenantId,
      scriptId: submission.scriptId,
      sequence: command.sequence,
      id: newId(createdAt.getTime()),
      commandId: submission.commands[index]!.commandId,
      batchId: submission.batchId,
      type: command.type,
      typeVersion: command.typeVersion,
      payload: command.payload,
      facts: command.facts,
      patch: command.patch,
      inversePatch: command.inversePatch,
      actorType: submission.actor.type,
      actorId: submission.actor.id,
      onBehalfOf: submission.actor.onBehalfOf ?? null,
      correlationId: submission.correlationId,
      causationId: submission.causationId ?? null,
      note: index === 0 ? (submission.note ?? null) : null,
      reducerVersion: REDUCER_VERSION,
      createdAt,
    };
    previousHash = chainHash(previousHash, row);
    return { ...row, chainHash: previousHash };
  });
}

/** The listing row, when it differs from what the script had before; null leaves the row as it is. */
function toProjection(
  before: ScriptState,
  submission: NamedSubmission,
  after: StreamTip,
): ScriptProjection | null {
  const { details, status } = after.state;
  // The reducer shares what it does not change, so identity tells.
  if (before.details === details && before.status === status) return null;
  return {
    ...details,
    tenantId: submission.tenantId,
    id: submission.scriptId,
    status,
    createdById: after.createdById,
    createdAt: after.createdAt.toISOString(),
    updatedById: submission.actor.id,
    updatedAt: after.lastCreatedAt.toISOString(),
  };
}
