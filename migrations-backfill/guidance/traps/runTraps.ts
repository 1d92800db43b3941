import { draftRun, type ScriptDraft } from "../drafts.ts";
import { type TrapContext, type Traps } from "./trapContext.ts";

/** Of runs and answers. */
export const runTraps: Traps = {
  run_version_missing: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.scriptVersion = 99;
    context.quarantined("ScriptRun", row.id, "run_version_missing");
  },
  run_version_filled: (context) => {
    const script = context.script({ versions: 2, runs: 1 });
    script.versions[1]!.row.version = 4;
    script.row.latestVersion = 4;
    script.runs[0]!.row.scriptVersion = 3;
    context.found("ScriptVersion", script.versions[1]!.row.id, "version_gap");
    context.quarantined("ScriptRun", script.runs[0]!.row.id, "run_version_missing");
  },
  run_script_missing: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.scriptId = context.dice.id();
    context.quarantined("ScriptRun", row.id, "run_script_missing");
  },
  run_tenant_mismatch: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.tenantId = "somebody-else";
    context.quarantined("ScriptRun", row.id, "run_tenant_mismatch");
  },
  run_tenant_null: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.tenantId = null;
    context.found("ScriptRun", row.id, "run_tenant_taken");
  },
  run_cursor_unknown: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.state = JSON.stringify({ cursor: "nowhere", vars: {} });
    context.found("ScriptRun", row.id, "run_cursor_unknown");
  },
  run_state_unreadable: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.state = JSON.stringify(["n1"]);
    context.found("ScriptRun", row.id, "run_state_unreadable");
  },
  run_value_untyped: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.state = JSON.stringify({ cursor: null, vars: { age: "old", __proto: 1 } });
    context.found("ScriptRun", row.id, "value_not_typed");
  },
  run_time_infinite: (context) => {
    const { row } = context.script({ runs: 1 }).runs[0]!;
    row.completedAt = "infinity";
    context.found("ScriptRun", row.id, "time_not_finite");
  },
  answer_orphan: (context) => {
    const row = answerOf(context, { runId: context.dice.id(), nodeKey: "n2" });
    context.stray({ table: "ScriptAnswer", row });
    context.quarantined("ScriptAnswer", row.id, "answer_orphan");
  },
  answer_node_unknown: (context) => {
    const run = context.script({ runs: 1 }).runs[0]!;
    const row = answerOf(context, { runId: run.row.id, nodeKey: "never-was", at: run.row.startedAt });
    run.answers.push(row);
    context.found("ScriptAnswer", row.id, "answer_node_unknown");
  },
  answer_repeated: (context) => {
    const run = draftRunWithAnswer(context);
    const [before] = run.answers;
    const again = {
      ...before!,
      id: context.dice.id(),
      answeredAt: String(Number(before!.answeredAt) + 1_000),
    };
    run.answers.push(again);
    context.found("ScriptAnswer", again.id, "answer_repeated");
  },
  answer_nul: (context) => {
    const answer = draftRunWithAnswer(context).answers[0]!;
    answer.value = '"x\\u0000y"';
    context.found("ScriptAnswer", answer.id, "json_repaired");
  },
  answer_too_large: (context) => {
    const run = draftRunWithAnswer(context);
    const row = answerOf(context, { runId: run.row.id, nodeKey: "n1", at: run.row.startedAt });
    row.value = JSON.stringify("x".repeat(70_000));
    run.answers.push(row);
    context.quarantined("ScriptAnswer", row.id, "answer_too_large");
  },
};

function draftRunWithAnswer(context: TrapContext): ScriptDraft["runs"][number] {
  const script = context.script({ runs: 0 });
  const run = draftRun(context.dice, script);
  script.runs.push(run);
  return run;
}

function answerOf(
  { dice }: TrapContext,
  { runId, nodeKey, at = "1704100000000" }: { runId: string; nodeKey: string; at?: string },
): ScriptDraft["runs"][number]["answers"][number] {
  return { id: dice.id(), runId, nodeKey, value: '"late"', answeredAt: at };
}
