import type { AuditAction, AuditRow, PlannedVersion, TailCommand } from "./materialization.ts";

/** One row per batch, in order of the log. versions must cover the whole tail. */
export function auditBatches(
  tail: readonly TailCommand[],
  versions: readonly Pick<PlannedVersion, "version" | "toSequence">[],
  newId: (nowMs: number) => string,
): AuditRow[] {
  let place = 0;
  return splitBatches(tail).map((batch) => {
    const last = batch.at(-1)!;
    while (versions[place]!.toSequence < last.sequence) place++;
    return auditBatch(batch, versions[place]!.version, newId);
  });
}

function auditBatch(
  batch: readonly TailCommand[],
  version: number,
  newId: (nowMs: number) => string,
): AuditRow {
  const first = batch[0]!;
  return {
    id: newId(first.createdAt.getTime()),
    version,
    batchId: first.batchId,
    actorType: first.actorType,
    actorId: first.actorId,
    onBehalfOf: first.onBehalfOf,
    action: actionOf(batch),
    diffJson: batch.flatMap((command) => command.patch),
    note: first.note,
    correlationId: first.correlationId,
    fromSequence: first.sequence,
    toSequence: batch.at(-1)!.sequence,
    createdAt: first.createdAt,
  };
}

/** A batch is a contiguous range of commands with one batchId. */
function splitBatches(tail: readonly TailCommand[]): TailCommand[][] {
  const batches: TailCommand[][] = [];
  for (const command of tail) {
    const current = batches.at(-1);
    if (current?.[0]?.batchId === command.batchId) current.push(command);
    else batches.push([command]);
  }
  return batches;
}

// A batch that does several of these is named by the first: what a reader of the audit trail looks for.
const ACTIONS: readonly AuditAction[] = ["CREATE", "ROLLBACK", "PUBLISH", "ARCHIVE"];

/** What an audit row calls a batch. */
export function actionOf(batch: readonly Pick<TailCommand, "type" | "payload">[]): AuditAction {
  const done = new Set(batch.map(actionOfCommand));
  return ACTIONS.find((action) => done.has(action)) ?? "UPDATE";
}

function actionOfCommand(command: Pick<TailCommand, "type" | "payload">): AuditAction {
  switch (command.type) {
    case "Scripts.CreateScript":
      return "CREATE";
    case "Scripts.PublishVersion":
      return "PUBLISH";
    case "Scripts.ChangeStatus":
      return command.payload["status"] === "ARCHIVED" ? "ARCHIVE" : "UPDATE";
    case "Scripts.RollbackToVersion":
      return "ROLLBACK";
    default:
      return "UPDATE";
  }
}
