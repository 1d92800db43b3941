import { expect, test } from "vitest";
import { advance } from "../../src/runs/advance.ts";
import { answer } from "../../src/runs/answer.ts";
import { runFromRow } from "../../src/guidance/legacyFromRows.ts";
import { toLegacyRun } from "../../src/guidance/toLegacyRun.ts";
import { makeData, planned, planRunOf, trapped } from "./support/legacyData.ts";
import type { RunPlan } from "../../src/guidance/planRun.ts";

type Planned = Extract<RunPlan, { kind: "planned" }>;

function dataOf(seed: number) {
  const [script] = makeData({ scripts: 1, trapsEach: 0, versions: 2, runs: 8, seed }).scripts;
  const plan = planned(script!);
  const runs = script!.runs.map((run) => ({ run, made: planRunOf(run, plan) as Planned }));
  return { script: script!, plan, runs };
}

test("values are typed where the variable is declared, and JSON otherwise", () => {
  const { scripts } = trapped("run_value_untyped");
  const [script] = scripts;
  const [run] = script!.runs;
  run!.row.state = JSON.stringify({ cursor: "n2", vars: { age: 41, member: true, name: 7, free: "text" } });
  const { variables, findings } = planRunOf(run!, planned(script!)) as Planned;
  expect(variables).toMatchObject([
    { key: "age", numVal: 41 },
    ...variables.filter(({ key }) => key === "consent"),
    { key: "free", jsonVal: "text" },
    { key: "member", boolVal: true },
    { key: "name", jsonVal: 7 },
  ]);
  expect(findings.map(({ code }) => code)).toEqual(["value_not_typed"]);
});

test("of repeated answers the last counts, and all stand in the log", () => {
  const { scripts } = trapped("answer_repeated");
  const [run] = scripts[0]!.runs;
  run!.row.state = null;
  const [before, again] = [run!.answers[0]!, run!.answers.at(-1)!];
  again.value = '"Zoe"';
  const made = planRunOf(run!, planned(scripts[0]!)) as Planned;
  expect(made.variables.find(({ key }) => key === "name")).toMatchObject({ strVal: "Zoe" });
  const answered = made.log.filter(({ entry }) => entry.kind === "answered");
  expect(answered.map(({ requestId }) => requestId)).toEqual(expect.arrayContaining([before.id, again.id]));
  expect(made.idMap.map(({ legacyId }) => legacyId)).toEqual([
    run!.row.id,
    ...answered.map((row) => row.requestId),
  ]);
});

test("a running run waits where it stood, takes its answer, and comes to its end", () => {
  const { plan, runs } = dataOf(3);
  const { run, made } = runs.find(({ run: candidate }) => candidate.row.completedAt === null)!;
  const { document } = plan.versions[run.row.scriptVersion - 1]!;
  let state = made.run.state!;
  expect(state).toMatchObject({ status: "RUNNING", waitingFor: { kind: "answer" }, settled: false });
  for (let step = 0; step < 50 && state.status === "RUNNING"; step++) {
    const waiting = state.waitingFor;
    if (waiting?.kind === "answer") {
      const node = document.graphJson.nodes.find(({ id }) => id === waiting.nodeId)!;
      const given = answer(document, state, {
        nodeId: node.id,
        value: node.type === "choice" ? "yes" : "Bo",
      });
      expect(given.kind).toBe("answered");
      if (given.kind === "answered") ({ state } = given);
    } else {
      const moved = advance(document, state);
      expect(moved.kind).toBe("advanced");
      if (moved.kind === "advanced") ({ state } = moved);
    }
  }
  expect(state.status).toBe("SUCCEEDED");
});

test("a run that is left alone is answered as before; one that went on with its own state", () => {
  const { plan, runs } = dataOf(3);
  for (const { run, made } of runs) {
    const canonical = {
      ...made.run,
      tenantId: made.tenantId,
      startedAt: made.run.startedAt.toISOString(),
      endedAt: made.run.endedAt?.toISOString() ?? null,
    };
    const { facts } = plan.versions[run.row.scriptVersion - 1]!;
    expect(toLegacyRun(canonical, made.facts, facts!)).toEqual(runFromRow(run.row));
    const moved = { ...canonical, logLength: 99, state: { ...canonical.state!, currentNodeId: "end" } };
    expect(toLegacyRun(moved, made.facts, facts!)).toMatchObject({
      id: run.row.id,
      startedAt: runFromRow(run.row).startedAt,
      state: { cursor: "end", vars: canonical.state!.variables },
    });
  }
});

test("the rows keep the rules of their tables", () => {
  const { runs } = dataOf(5);
  for (const { made } of runs) {
    expect(made.run.status === "RUNNING").toBe(made.run.endedAt === null);
    expect(made.log.map(({ ordinal }) => ordinal)).toEqual(made.log.map((_, place) => place + 1));
    expect(made.run.logLength).toBe(made.log.length);
    expect(new Set(made.variables.map(({ key }) => key)).size).toBe(made.variables.length);
    const times = made.log.map(({ occurredAt }) => occurredAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
});
