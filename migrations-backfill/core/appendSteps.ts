import type { NamedSubmission } from "../../src/commands/submission.ts";
import { toAppendRequest } from "../../src/commands/toAppendRequest.ts";
import { newId } from "../../src/kernel/newId.ts";
import type { AppendRequest } from "../../src/log/appendCommands.ts";
import { callAppendCommands } from "../../src/log/appendCommands.sql.ts";
import { GENESIS_HASH } from "../../src/log/chainHash.ts";
import type { ScriptKey } from "../../src/log/logRow.ts";
import type { StreamTip } from "../../src/log/streamTip.ts";
import { decideBatch } from "../../src/scripts/decideBatch.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import type { ScriptDocument } from "../../src/scripts/storedCommand.ts";
import type { WriteContext } from "./definition.ts";

/** Commands that are submitted together, by the move. */
export interface MoveStep {
  /** When the legacy service did it. Never before the step before it. */
  readonly at: Date;
  readonly note: string;
  /** Their ids begin with "<name of the move>." and are the same on every repeat. */
  readonly commands: readonly {
    readonly commandId: string;
    readonly command: string;
    readonly payload: unknown;
  }[];
}

/** Whose log is added to, and for which legacy row. */
export interface MoveTarget extends ScriptKey {
  /** Name of the move, which is who made the commands. */
  readonly backfill: string;
  readonly legacyId: string;
  /** Documents of versions that the steps seal and publish at once: the materializer has not written them. */
  readonly documentOf?: (version: number) => ScriptDocument | undefined;
}

/**
 * Appends commands of a move to a script's log, through the log's one door and by the rules of every edit. `from`
 * is the script's tip, undefined for a script that is not there. Gives what a rule says against one of them; then
 * nothing is appended.
 */
export async function appendSteps(
  context: Omit<WriteContext, "wasTakenBack">,
  target: MoveTarget,
  from: StreamTip | undefined,
  steps: readonly MoveStep[],
): Promise<string | undefined> {
  let tip = from ?? UNWRITTEN;
  const requests: AppendRequest[] = [];
  for (const step of steps) {
    const sealedDocument = target.documentOf ?? (() => undefined);
    const decided = decideBatch(tip, step.commands, { sealedDocument });
    if (decided.kind === "refused") {
      const { code, message, index } = decided.refusals[0]!;
      return `${step.commands[index]!.command} was refused: ${code}: ${message}`;
    }
    const prepared = toAppendRequest(tip, toSubmission(target, step), decided, step.at);
    requests.push(prepared.request);
    ({ tip } = prepared);
  }
  await append(context, target, requests);
  return undefined;
}

function toSubmission(
  { tenantId, scriptId, backfill, legacyId }: MoveTarget,
  step: MoveStep,
): NamedSubmission {
  return {
    tenantId,
    scriptId,
    actor: { type: "BACKFILL", id: backfill },
    role: "operator",
    correlationId: `${backfill}:${legacyId}`.replaceAll(/[^A-Za-z0-9._:-]/g, "_").slice(0, 128),
    commands: step.commands,
    onConflict: "reject",
    dryRun: false,
    note: step.note,
    batchId: newId(step.at.getTime()),
    hasCallersIds: true,
  };
}

async function append(
  context: Omit<WriteContext, "wasTakenBack">,
  { tenantId, scriptId }: MoveTarget,
  requests: readonly AppendRequest[],
): Promise<void> {
  if (requests.length === 0) return;
  const outcomes = await callAppendCommands(context.tx, requests);
  const failed = outcomes.find(({ kind }) => kind !== "appended");
  if (failed) throw new Error(`The log did not take script ${scriptId}: ${JSON.stringify(failed)}`);
  const isDue = outcomes.some((outcome) => outcome.kind === "appended" && outcome.materializeDue);
  if (isDue) await context.sendJobs([{ tenantId, scriptId }]);
}

/** A script before its first command. */
const UNWRITTEN: StreamTip = {
  state: EMPTY_STATE,
  sequence: 0,
  chainHash: GENESIS_HASH,
  lastCreatedAt: new Date(0),
  createdById: "",
  createdAt: new Date(0),
};
