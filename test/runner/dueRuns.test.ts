import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { moveDueRuns } from "../../src/runner/moveDueRuns.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import { untilBlocked } from "../support/untilBlocked.ts";
import { openRunner, pausedAt, type TestRunner } from "./support/openRunner.ts";

/** More steps than two advances take, and fewer than three. */
const LENGTH = 2 * RUN_LIMITS.advanceSteps + 100;
const [LINE, CIRCLE] = [2, 3];

let runner: TestRunner;

// Version 2: an action that is waited for, a long line of messages, an end. Version 3: an action, then a circle.
beforeAll(async () => {
  runner = await openRunner();
  const node = (id: string, type: string, data = {}) => ({ id, type, position: { x: 0, y: 0 }, data });
  const edge = (source: string, target: string) => ({ id: `${source}-${target}`, source, target, data: {} });
  const act = node("act", "action", {
    command: "test.do",
    waitForCompletion: true,
    timeoutMs: 60_000,
    continueOnFailure: true,
  });
  const ids = Array.from({ length: LENGTH }, (_, index) => `m${index}`);
  await runner.seal(
    LINE,
    {
      nodes: [act, ...ids.map((id) => node(id, "message")), node("end", "end")],
      edges: [edge("act", "m0"), ...ids.map((id, index) => edge(id, ids[index + 1] ?? "end"))],
      entryNodeId: "act",
    },
    [],
  );
  await runner.seal(
    CIRCLE,
    {
      nodes: [act, node("m0", "message"), node("m1", "message")],
      edges: [edge("act", "m0"), edge("m0", "m1"), edge("m1", "m0")],
      entryNodeId: "act",
    },
    [],
  );
});
afterAll(async () => {
  await runner.close();
});
// Runs of the tests before.
beforeEach(async () => {
  while ((await moveDueRuns(runner.worker)) > 0);
});

/** A run whose action has just come back. */
async function cameBack(version: number): Promise<string> {
  const runId = newId();
  await runner.start({ runId, version });
  await runner.advance(runId);
  await runner.complete((await runner.read(runId)).sent[0]!, { success: true, result: {} });
  return runId;
}

const said = (outcome: { readonly kind: string }) =>
  "problems" in outcome ? (outcome.problems as { code: string }[]).map(({ code }) => code) : outcome.kind;

describe("a run whose action came back, and that has more to walk than one advance does", () => {
  test("is walked on by the worker, piece by piece, to its end", async () => {
    const runId = await cameBack(LINE);
    const { run } = await runner.read(runId);
    expect([run.status, run.state.waitingFor, run.state.steps]).toEqual([
      "RUNNING",
      null,
      RUN_LIMITS.advanceSteps + 1,
    ]);
    expect(run.actionDueAt).not.toBeNull();
    expect(await moveDueRuns(runner.worker)).toBe(1);
    expect((await runner.read(runId)).run.state.steps).toBe(2 * RUN_LIMITS.advanceSteps + 1);
    expect(await moveDueRuns(runner.worker)).toBe(1);
    const { run: ended, log, events } = await runner.read(runId);
    expect([ended.status, ended.actionDueAt, ended.state.steps]).toEqual(["SUCCEEDED", null, LENGTH + 3]);
    expect(log).toHaveLength(ended.logLength);
    expect(events.slice(-4).map(({ type }) => type)).toEqual([
      "Runs.Advanced.v1",
      "Runs.Advanced.v1",
      "Runs.Advanced.v1",
      "Runs.Finished.v1",
    ]);
    expect(await moveDueRuns(runner.worker)).toBe(0);
  });

  test("still is when variables are set meanwhile", async () => {
    const runId = await cameBack(LINE);
    expect(said(await runner.set(runId, "age", 7))).toBe("moved");
    while ((await moveDueRuns(runner.worker)) > 0);
    const { run, variables } = await runner.read(runId);
    expect([run.status, variables]).toEqual(["SUCCEEDED", { age: 7 }]);
  });

  test("is walked on as well when its action failed by time", async () => {
    const runId = newId();
    await runner.start({ runId, version: LINE });
    await runner.advance(runId);
    runner.pass(60_001);
    for (const status of ["RUNNING", "RUNNING", "SUCCEEDED"]) {
      expect(await moveDueRuns(runner.worker)).toBe(1);
      expect((await runner.read(runId)).run.status).toBe(status);
    }
  });

  test("belongs to the caller again who advances it", async () => {
    const runId = await cameBack(LINE);
    expect(said(await runner.advance(runId))).toBe("moved");
    expect((await runner.read(runId)).run.actionDueAt).toBeNull();
    expect(await moveDueRuns(runner.worker)).toBe(0);
    await runner.advance(runId);
    expect((await runner.read(runId)).run.status).toBe("SUCCEEDED");
  });

  test("is not walked on once it is finished", async () => {
    const runId = await cameBack(LINE);
    await runner.finish(runId);
    expect(await moveDueRuns(runner.worker)).toBe(0);
    expect((await runner.read(runId)).run).toMatchObject({ status: "CANCELLED", actionDueAt: null });
  });

  test("is walked each piece once by two workers that look at once", async () => {
    const runId = await cameBack(LINE);
    const held = pausedAt(runner.worker, "locked");
    const first = moveDueRuns(held.deps);
    await held.reached;
    const second = moveDueRuns(runner.worker);
    await untilBlocked(runner.owner, 1);
    held.release();
    expect([await first, await second]).toEqual([1, 0]);
    expect((await runner.read(runId)).run.state.steps).toBe(2 * RUN_LIMITS.advanceSteps + 1);
  });
});

test("a run whose action came back and that walks in a circle is left to who sets its variables", async () => {
  const runId = await cameBack(CIRCLE);
  const { run } = await runner.read(runId);
  expect([run.status, run.currentNodeId, run.actionDueAt]).toEqual(["RUNNING", "m0", null]);
  expect(await moveDueRuns(runner.worker)).toBe(0);
});
