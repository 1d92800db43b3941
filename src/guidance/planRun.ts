import type { ScriptDocument } from "../scripts/storedCommand.ts";
import type { LegacyRun } from "./legacyRows.ts";
import { repairTime } from "./legacyTime.ts";
import { mapAnswers } from "./mapAnswers.ts";
import { mapRunLog } from "./mapRunLog.ts";
import { mapRunState } from "./mapRunState.ts";
import { mapRunVariables } from "./mapRunVariables.ts";
import { canonicalId } from "./names.ts";
import { find, quarantine, sortProblems } from "./reasons.ts";
import type { Problems } from "./reasons.ts";
import type { RunContext, RunPlan } from "./runPlan.ts";

export type { RunContext, RunPlan } from "./runPlan.ts";

/** Who answered, where the run says no more. */
const UNKNOWN_ACTOR = "guidance";

/** Maps a run with its answers to the rows of a canonical run. The same rows always give the same plan. */
export function planRun(
  { row, answers }: LegacyRun,
  context: RunContext,
  { asOf }: { readonly asOf: Date },
): RunPlan {
  const problems: Problems = { quarantined: [], findings: [] };
  const { document, tenantId, scriptId } = placeRun(problems, row, context);
  if (document === undefined || tenantId === undefined || scriptId === undefined)
    return { kind: "blocked", ...sortProblems(problems) };
  const runId = canonicalId(tenantId, row.id);
  if (runId !== row.id) find(problems, "id_replaced", "ScriptRun", row.id, `It is ${runId} now.`);
  const clock = { asOf: asOf.getTime() };
  const time = (value: string, earliest: number): number =>
    repairTime(problems, { legacyTable: "ScriptRun", legacyId: row.id, time: value }, { ...clock, earliest });
  const startedAt = time(row.startedAt, 0);
  const given = mapAnswers(problems, answers, document, { ...clock, earliest: startedAt });
  const lastAt = given.at(-1)?.at ?? startedAt;
  const endedAt = row.completedAt === null ? null : Math.max(time(row.completedAt, startedAt), lastAt);
  const state = mapRunState(problems, row, document, given, { runId, isRunning: endedAt === null });
  const updatedAt = new Date(endedAt ?? lastAt);
  const log = mapRunLog(row.startedByUserId ?? UNKNOWN_ACTOR, {
    runId,
    startedAt,
    endedAt,
    given,
    document,
  });
  return {
    kind: "planned",
    tenantId,
    run: {
      id: runId,
      scriptId,
      version: row.scriptVersion,
      status: endedAt === null ? "RUNNING" : "SUCCEEDED",
      startedById: row.startedByUserId,
      connectorType: null,
      connectorKey: null,
      subjectSchema: row.subjectSchema,
      subjectModel: row.subjectModel,
      subjectId: row.subjectId,
      correlationId: runId,
      currentNodeId: state.state?.currentNodeId ?? null,
      state: state.state,
      logLength: log.length,
      startedAt: new Date(startedAt),
      updatedAt,
      endedAt: endedAt === null ? null : new Date(endedAt),
    },
    variables: mapRunVariables(problems, row.id, runId, document, given, state.vars, updatedAt),
    log,
    facts: { row, logLength: log.length },
    idMap: [
      { legacyTable: "ScriptRun", legacyId: row.id, tenantId, kind: "run", newId: runId },
      ...given.map((answer, place) => ({
        legacyTable: "ScriptAnswer",
        legacyId: answer.row.id,
        tenantId,
        kind: "answer" as const,
        // The first entry of the log is the start.
        newId: `${runId}/${place + 2}`,
      })),
    ],
    ...sortProblems(problems),
  };
}

function placeRun(
  problems: Problems,
  row: LegacyRun["row"],
  context: RunContext,
): { readonly document?: ScriptDocument; readonly tenantId?: string; readonly scriptId?: string } {
  if (context.kind !== "moved") {
    quarantine(problems, `run_${context.kind}`, "ScriptRun", row.id, `It is ${row.scriptId}.`);
    return {};
  }
  const { tenantId, scriptId, document } = context;
  if (row.tenantId !== null && row.tenantId !== tenantId) {
    quarantine(problems, "run_tenant_mismatch", "ScriptRun", row.id, `${row.tenantId} is not ${tenantId}.`);
    return {};
  }
  if (!document) {
    quarantine(problems, "run_version_missing", "ScriptRun", row.id, `It names ${row.scriptVersion}.`);
    return {};
  }
  if (row.tenantId === null) find(problems, "run_tenant_taken", "ScriptRun", row.id, `It is ${tenantId}.`);
  return { tenantId, scriptId, document };
}
