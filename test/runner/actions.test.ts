import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { completeRunAction } from "../../src/runner/completeRunAction.ts";
import { moveDueRuns } from "../../src/runner/moveDueRuns.ts";
import { callGraph, callVariables } from "./support/callGraph.ts";
import { openRunner, type TestRunner } from "./support/openRunner.ts";

let runner: TestRunner;

// Version 2: the lookup may fail, and a second action that is waited for follows it, without an end.
beforeAll(async () => {
  runner = await openRunner();
  const lookup = callGraph.nodes.find(({ id }) => id === "n_lookup")!;
  const more = { ...lookup, data: { ...lookup.data, continueOnFailure: true } };
  const again = { ...lookup, id: "n_again", data: { command: "policies.again", waitForCompletion: true } };
  await runner.seal(
    2,
    {
      ...callGraph,
      nodes: [...callGraph.nodes.filter(({ id }) => id !== "n_lookup"), more, again],
      edges: [
        ...callGraph.edges.filter(({ id }) => id !== "n_lookup-n_end"),
        { id: "e_again", source: "n_lookup", target: "n_again", data: {} },
        { id: "e_done", source: "n_again", target: "n_end", data: {} },
      ],
    },
    callVariables,
  );
});
afterAll(async () => {
  await runner.close();
});

const said = (outcome: { readonly kind: string }) =>
  "problems" in outcome ? (outcome.problems as { code: string }[]).map(({ code }) => code) : outcome.kind;

/** A run of version 2 that waits for the lookup, and the command that it sent. */
async function waitingForMore() {
  const runId = newId();
  await runner.start({ runId, version: 2 });
  await runner.advance(runId);
  await runner.answer(runId, "n_type", "theft");
  await runner.advance(runId);
  await runner.answer(runId, "n_damage", 5_000);
  await runner.advance(runId);
  return { runId, row: (await runner.read(runId)).sent[0]! };
}

describe("an action that comes back", () => {
  test("fills its variables, and the run walks on to its end", async () => {
    const runId = newId();
    const row = await runner.waiting(runId);
    const outcome = await runner.complete(row, { success: true, result: { number: "MM1", other: 1 } });
    expect(outcome).toMatchObject({
      kind: "moved",
      prompts: [{ prompt: "Goodbye." }],
      view: { run: { status: "SUCCEEDED", currentNodeId: "n_end" } },
    });
    const { run, log, variables, events } = await runner.read(runId);
    expect([run.status, run.actionDueAt, variables["policy"]]).toEqual(["SUCCEEDED", null, "MM1"]);
    expect(log.slice(-3).map(({ requestId, entry }) => [requestId, entry["event"] ?? entry["kind"]])).toEqual(
      [
        [row.id, "action_completed"],
        [row.id, "moved"],
        [row.id, "ended"],
      ],
    );
    expect(events.slice(-3).map(({ type }) => type)).toEqual([
      "Runs.VariablesSet.v1",
      "Runs.Advanced.v1",
      "Runs.Finished.v1",
    ]);
  });

  test("with a failure fails the run", async () => {
    const runId = newId();
    const row = await runner.waiting(runId);
    await runner.complete(row, { success: false, result: { code: "no_policy", message: "None." } });
    const { run, events } = await runner.read(runId);
    expect(run).toMatchObject({
      status: "FAILED",
      currentNodeId: "n_lookup",
      state: { failure: { code: "action_failed", nodeId: "n_lookup" } },
    });
    expect(events.at(-1)).toMatchObject({ type: "Runs.Finished.v1", payload: { success: false } });
  });

  test("with a result that does not fit its variable fails the run", async () => {
    const runId = newId();
    const row = await runner.waiting(runId);
    await runner.complete(row, { success: true, result: { number: 5 } });
    expect((await runner.read(runId)).run.state.failure?.code).toBe("action_result_invalid");
  });

  test("lets the run send the next one, in the name of the same actor", async () => {
    const { runId, row } = await waitingForMore();
    await runner.complete(row, { success: false, result: { code: "none" } });
    const { run, sent, jobs } = await runner.read(runId);
    expect(run.state.waitingFor).toMatchObject({ kind: "action", nodeId: "n_again", dispatch: 2 });
    expect(run.state.answers["n_lookup"]).toEqual({ value: { success: false, result: { code: "none" } } });
    expect([run.status, run.actionDueAt, jobs]).toEqual(["RUNNING", null, 2]);
    expect(sent[1]).toMatchObject({
      command: "policies.again",
      runDispatch: 2,
      causationId: row.id,
      actorId: "u1",
      onBehalfOf: "u2",
      actorRole: "editor",
    });
  });

  test("changes nothing when it comes twice, too late, or under another number", async () => {
    const { runId, row } = await waitingForMore();
    expect(said(await runner.complete({ ...row, runDispatch: 7 }, { success: true, result: {} }))).toEqual([
      "action_not_waited_for",
    ]);
    await runner.complete(row, { success: true, result: {} });
    const before = await runner.read(runId);
    // The very same row is a repeat; another row of the same action is fenced by its number.
    expect(await runner.complete(row, { success: true, result: {} })).toMatchObject({ repeated: true });
    expect(said(await runner.complete({ ...row, id: newId() }, { success: true, result: {} }))).toEqual([
      "action_not_waited_for",
    ]);
    expect(await runner.read(runId)).toEqual(before);
    await runner.finish(runId);
    expect(said(await runner.complete(before.sent[1]!, { success: true, result: {} }))).toEqual([
      "run_finished",
    ]);
  });

  test("changes nothing when no run sent it, or the run is not there", async () => {
    const { row } = await waitingForMore();
    const none = { ...row, runId: null, runNodeId: null, runDispatch: null };
    expect(said(await runner.complete(none, { success: true, result: {} }))).toBe("ignored");
    expect(said(await runner.complete({ ...row, runId: "gone" }, { success: true, result: {} }))).toBe(
      "run_not_found",
    );
  });

  test("is undone with the transaction that settles it", async () => {
    const runId = newId();
    const row = await runner.waiting(runId);
    const before = await runner.read(runId);
    const { worker } = runner;
    const undone = worker.inTenant("t1", async (tx) => {
      await completeRunAction(worker, tx, { ...row, status: "COMPLETED" });
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await runner.read(runId)).toEqual(before);
  });
});

describe("an action that does not come back in time", () => {
  // Those of the tests before.
  beforeEach(async () => {
    runner.pass(60_001);
    await moveDueRuns(runner.worker);
  });

  test("fails its run, and what comes later changes nothing", async () => {
    const runId = newId();
    const row = await runner.waiting(runId);
    expect((await runner.read(runId)).run.actionDueAt).not.toBeNull();
    expect(await moveDueRuns(runner.worker)).toBe(0);
    runner.pass(60_001);
    expect(await moveDueRuns(runner.worker)).toBe(1);
    const { run } = await runner.read(runId);
    expect(run).toMatchObject({
      status: "FAILED",
      actionDueAt: null,
      state: {
        failure: { code: "action_failed", nodeId: "n_lookup" },
        answers: { n_lookup: { value: { success: false, result: { code: "action_timed_out" } } } },
      },
    });
    expect(said(await runner.complete(row, { success: true, result: {} }))).toEqual(["run_finished"]);
    expect(await moveDueRuns(runner.worker)).toBe(0);
  });

  test("lets a run walk on that says so, and send in the same name", async () => {
    const { runId } = await waitingForMore();
    await runner.set(runId, "insured", true);
    runner.pass(60_001);
    expect(await moveDueRuns(runner.worker)).toBe(1);
    const { run, sent } = await runner.read(runId);
    expect([run.status, run.currentNodeId, run.actionDueAt]).toEqual(["RUNNING", "n_again", null]);
    expect(sent[1]).toMatchObject({ command: "policies.again", actorId: "u1", actorRole: "editor" });
  });

  test("times out although another run that is overdue cannot be moved", async () => {
    const broken = newId();
    await runner.waiting(broken);
    // Its next entry would be the first, which is there.
    await runner.owner.query(`update scripts."ScriptRun" set "logLength" = 0 where id = $1`, [broken]);
    const runId = newId();
    await runner.waiting(runId);
    runner.pass(60_001);
    expect(await moveDueRuns(runner.worker)).toBe(1);
    expect((await runner.read(runId)).run.status).toBe("FAILED");
    expect((await runner.read(broken)).run.status).toBe("RUNNING");
    const { run } = await runner.read(broken);
    expect(run.actionDueAt).not.toBeNull();
  });
});
