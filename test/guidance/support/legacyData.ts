import { SMALL, makeLegacy } from "../../../migrations-backfill/guidance/makeLegacy.ts";
import type { LegacyDataOptions } from "../../../migrations-backfill/guidance/makeLegacy.ts";
import type { RunDraft, ScriptDraft } from "../../../migrations-backfill/guidance/drafts.ts";
import type { Planted, Stray } from "../../../migrations-backfill/guidance/traps/trapContext.ts";
import type { RunPlan } from "../../../src/guidance/planRun.ts";
import { planRun } from "../../../src/guidance/planRun.ts";
import type { PlanOptions, ScriptPlan } from "../../../src/guidance/planScript.ts";
import { planScript } from "../../../src/guidance/planScript.ts";

/** When the moves of these tests begin: after all data but that of the future. */
export const AS_OF = new Date("2026-06-01T00:00:00.000Z");

export interface LegacyData {
  readonly scripts: ScriptDraft[];
  readonly strays: Stray[];
  readonly manifest: Planted[];
}

export function makeData(options: Partial<LegacyDataOptions>): LegacyData {
  const data: LegacyData = { scripts: [], strays: [], manifest: [] };
  for (const piece of makeLegacy({ ...SMALL, ...options }, data.manifest)) {
    if (piece.kind === "script") data.scripts.push(piece.script);
    else data.strays.push(piece.stray);
  }
  return data;
}

/** One script with one trap. */
export function trapped(trap: string, seed = 1): LegacyData {
  return makeData({ scripts: 0, traps: [trap], trapsEach: 1, seed });
}

export function plan(script: ScriptDraft, options: Partial<PlanOptions> = {}): ScriptPlan {
  return planScript(script, { asOf: AS_OF, ...options });
}

/** Plans a script that must be movable. */
export function planned(
  script: ScriptDraft,
  options: Partial<PlanOptions> = {},
): Extract<ScriptPlan, { kind: "planned" }> {
  const made = plan(script, options);
  if (made.kind === "blocked") throw new Error(`Blocked: ${JSON.stringify(made.quarantined)}`);
  return made;
}

/** Plans a run beside the plan of its script, as the engine does. */
export function planRunOf(run: RunDraft, script: ScriptPlan | undefined): RunPlan {
  if (!script) return planRun(run, { kind: "script_missing" }, { asOf: AS_OF });
  if (script.kind === "blocked") return planRun(run, { kind: "script_not_moved" }, { asOf: AS_OF });
  const { tenantId, scriptId, versions } = script;
  const version = versions.find(
    ({ version: number, facts }) => number === run.row.scriptVersion && facts !== null,
  );
  return planRun(run, { kind: "moved", tenantId, scriptId, document: version?.document }, { asOf: AS_OF });
}
