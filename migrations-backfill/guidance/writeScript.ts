import { BACKFILL_ACTOR, type PlanStep, type ScriptPlan } from "../../src/guidance/planScript.ts";
import { newId } from "../../src/kernel/newId.ts";
import { toAppendRequest } from "../../src/commands/toAppendRequest.ts";
import type { NamedSubmission } from "../../src/commands/submission.ts";
import type { AppendRequest } from "../../src/log/appendCommands.ts";
import { callAppendCommands } from "../../src/log/appendCommands.sql.ts";
import { GENESIS_HASH } from "../../src/log/chainHash.ts";
import { loadTip } from "../../src/log/loadTip.ts";
import type { ScriptKey } from "../../src/log/logRow.ts";
import type { StreamTip } from "../../src/log/streamTip.ts";
import { decideBatch } from "../../src/scripts/decideBatch.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import type { ScriptDocument } from "../../src/scripts/storedCommand.ts";
import type { WriteContext, WriteOutcome } from "../core/definition.ts";
import { summarizeLog } from "./hashScript.ts";
import { planCatchUp } from "./planCatchUp.ts";

type Planned = Extract<ScriptPlan, { kind: "planned" }>;
type Quarantined = Extract<WriteOutcome, { kind: "quarantined" }>;

/** Whose steps are appended. */
interface Write extends ScriptKey {
  readonly legacyId: string;
  /** Documents of the versions that the steps publish. */
  readonly documentOf: (version: number) => ScriptDocument | undefined;
}

/**
 * Appends a plan's commands to the script's log, through the log's one door. To the log of a script that was moved
 * before only what it lacks; where it cannot follow, it stays as it is and says so, because history is never
 * rewritten.
 */
export async function writeScript(
  context: WriteContext,
  plan: Planned,
  legacyId: string,
): Promise<WriteOutcome> {
  const key = { tenantId: plan.tenantId, scriptId: plan.scriptId };
  const documents = new Map(plan.versions.map(({ version, document }) => [version, document]));
  const write = { ...key, legacyId, documentOf: (version: number) => documents.get(version) };
  const tip = await loadTip({ prisma: context.tx }, key);
  if (!tip) return (await appendSteps(context, write, UNWRITTEN, plan.steps)) ?? { kind: "written" };
  const logged = await summarizeLog(context.tx, key);
  if (!logged)
    return stays(
      legacyId,
      "id_taken",
      `Another script has the id ${plan.scriptId} already. Give this one another.`,
    );
  const found = planCatchUp(plan, { logged, tip, now: context.now });
  if (found.kind === "impossible")
    return stays(
      legacyId,
      "changed_since_moved",
      `${found.because} Put the legacy rows back as they were, or waive the difference.`,
    );
  return (await appendSteps(context, write, tip, found.steps)) ?? { kind: "written" };
}

function stays(legacyId: string, code: string, message: string): Quarantined {
  return { kind: "quarantined", rows: [{ legacyTable: "Script", legacyId, code, message }] };
}

/** Archives a moved script: its log stays, and nobody takes it for the one that people work on. */
export async function archiveScript(
  context: Omit<WriteContext, "wasTakenBack">,
  key: ScriptKey,
): Promise<void> {
  const tip = await loadTip({ prisma: context.tx }, key);
  if (!tip || tip.state.status === "ARCHIVED") return;
  const step: PlanStep = {
    at: context.now,
    note: "The move of legacy data was reversed.",
    // No id of the move's: what it archives it has not moved.
    commands: [{ commandId: newId(), command: "Scripts.ChangeStatus.v1", payload: { status: "ARCHIVED" } }],
  };
  const write = { ...key, legacyId: key.scriptId, documentOf: () => undefined };
  const refused = await appendSteps(context, write, tip, [step]);
  if (refused) throw new Error(`Script ${key.scriptId} cannot be archived: ${JSON.stringify(refused.rows)}`);
}

async function appendSteps(
  context: Omit<WriteContext, "wasTakenBack">,
  write: Write,
  from: StreamTip,
  steps: readonly PlanStep[],
): Promise<Quarantined | undefined> {
  let tip = from;
  const requests: AppendRequest[] = [];
  for (const step of steps) {
    const decided = decideBatch(tip, step.commands, { sealedDocument: write.documentOf });
    if (decided.kind === "refused") {
      const { code, message, index } = decided.refusals[0]!;
      const what = `${step.commands[index]!.command} was refused: ${code}: ${message}`;
      return stays(write.legacyId, "refused_by_rules", what);
    }
    const prepared = toAppendRequest(tip, toSubmission(write, step), decided, step.at);
    requests.push(prepared.request);
    ({ tip } = prepared);
  }
  await append(context, write, requests);
  return undefined;
}

function toSubmission(write: Write, step: PlanStep): NamedSubmission {
  return {
    tenantId: write.tenantId,
    scriptId: write.scriptId,
    actor: BACKFILL_ACTOR,
    role: "operator",
    correlationId: `guidance:${write.legacyId}`.replaceAll(/[^A-Za-z0-9._:-]/g, "_").slice(0, 128),
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
  key: ScriptKey,
  requests: readonly AppendRequest[],
): Promise<void> {
  if (requests.length === 0) return;
  const outcomes = await callAppendCommands(context.tx, requests);
  const failed = outcomes.find(({ kind }) => kind !== "appended");
  if (failed) throw new Error(`The log did not take script ${key.scriptId}: ${JSON.stringify(failed)}`);
  const isDue = outcomes.some((outcome) => outcome.kind === "appended" && outcome.materializeDue);
  if (isDue) await context.sendJobs([{ tenantId: key.tenantId, scriptId: key.scriptId }]);
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
