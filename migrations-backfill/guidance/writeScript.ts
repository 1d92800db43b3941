import type { ScriptPlan } from "../../src/guidance/planScript.ts";
import { loadTip } from "../../src/log/loadTip.ts";
import { appendSteps, type MoveTarget } from "../core/appendSteps.ts";
import type { WriteContext, WriteOutcome } from "../core/definition.ts";
import { summarizeLog } from "./hashScript.ts";
import { planCatchUp } from "./planCatchUp.ts";

type Planned = Extract<ScriptPlan, { kind: "planned" }>;

/**
 * Appends a plan's commands to the script's log. To the log of a script that was moved before only what it lacks;
 * where it cannot follow, it stays as it is and says so, because history is never rewritten.
 */
export async function writeScript(
  context: WriteContext,
  plan: Planned,
  legacyId: string,
): Promise<WriteOutcome> {
  const key = { tenantId: plan.tenantId, scriptId: plan.scriptId };
  const documents = new Map(plan.versions.map(({ version, document }) => [version, document]));
  const target: MoveTarget = {
    ...key,
    backfill: "guidance",
    legacyId,
    documentOf: (version) => documents.get(version),
  };
  const tip = await loadTip({ prisma: context.tx }, key);
  if (!tip) return toOutcome(legacyId, await appendSteps(context, target, undefined, plan.steps));
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
  return toOutcome(legacyId, await appendSteps(context, target, tip, found.steps));
}

function toOutcome(legacyId: string, refused: string | undefined): WriteOutcome {
  return refused === undefined ? { kind: "written" } : stays(legacyId, "refused_by_rules", refused);
}

function stays(legacyId: string, code: string, message: string): WriteOutcome {
  return { kind: "quarantined", rows: [{ legacyTable: "Script", legacyId, code, message }] };
}
