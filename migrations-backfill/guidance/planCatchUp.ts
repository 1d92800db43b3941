import type { PlannedCommand, PlanStep, ScriptPlan } from "../../src/guidance/planScript.ts";
import { hashJson } from "../../src/kernel/sha256.ts";
import type { StreamTip } from "../../src/log/streamTip.ts";
import { summarizePlan, type ScriptSummary } from "./hashScript.ts";

type Planned = Extract<ScriptPlan, { kind: "planned" }>;

export type CatchUp =
  | { readonly kind: "steps"; readonly steps: readonly PlanStep[] }
  /** Why the log cannot follow the legacy rows, for a person. */
  | { readonly kind: "impossible"; readonly because: string };

/**
 * The submissions that bring a script that was moved before up to its legacy rows as they are now: out of the
 * archive, the versions that are new, its details, what is published. What is sealed stays as it was sealed, so
 * legacy versions that were changed or deleted since cannot be followed.
 */
export function planCatchUp(
  plan: Planned,
  { logged, tip, now }: { readonly logged: ScriptSummary; readonly tip: StreamTip; readonly now: Date },
): CatchUp {
  const planned = summarizePlan(plan);
  const isPrefix = logged.versions.every(
    (version, place) => hashJson(version) === hashJson(planned.versions[place] ?? null),
  );
  if (!isPrefix)
    return { kind: "impossible", because: "Versions that are sealed in its log were changed or deleted." };
  const added = plan.versions.slice(logged.versions.length);
  if (added.length > 0 && tip.state.latestVersion !== logged.versions.length)
    return { kind: "impossible", because: "Its new versions have the numbers of versions that people made." };
  const step = (note: string, commands: readonly PlannedCommand[], at = now): PlanStep => ({
    at,
    note,
    commands,
  });
  // Ids of their own: a move that is led back and begun again does the same more than once.
  const command = (name: string, type: string, payload: unknown): PlannedCommand => ({
    commandId: `guidance.${plan.scriptId}.after${tip.sequence}.${name}`,
    command: `Scripts.${type}.v1`,
    payload,
  });
  const steps: PlanStep[] = [];
  if (tip.state.status === "ARCHIVED")
    steps.push(
      step("The move of legacy data was started again.", [
        command("restore", "ChangeStatus", { status: "DRAFT" }),
      ]),
    );
  for (const { version, document, changelog, createdAt } of added)
    steps.push(
      step(
        `guidance: version ${version}`,
        [
          command(`v${version}.graph`, "ReplaceGraph", document),
          command(`v${version}.commit`, "CommitVersion", {
            allowUnchanged: true,
            ...(changelog === null ? {} : { changelog }),
          }),
        ],
        createdAt,
      ),
    );
  const { name, slug, description, labels } = tip.state.details;
  if (hashJson({ name, slug, description, labels }) !== hashJson(plan.details))
    steps.push(step("guidance: details", [command("details", "UpdateDetails", plan.details)]));
  if (plan.activeVersion !== null && plan.activeVersion !== tip.state.activeVersion)
    steps.push(
      step(`guidance: version ${plan.activeVersion} published`, [
        command("publish", "PublishVersion", { version: plan.activeVersion }),
      ]),
    );
  if (plan.activeVersion === null && tip.state.activeVersion !== null)
    steps.push(step("guidance: no version published", [command("unpublish", "UnpublishVersion", {})]));
  return { kind: "steps", steps };
}
