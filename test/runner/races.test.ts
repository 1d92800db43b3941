import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { moveDueRuns } from "../../src/runner/moveDueRuns.ts";
import type { RunPausePoint } from "../../src/runner/runnerDeps.ts";
import { startRun, type StartRunInput } from "../../src/runner/startRun.ts";
import { untilBlocked } from "../support/untilBlocked.ts";
import { endSession, MOVER, openRunner, pausedAt, type TestRunner } from "./support/openRunner.ts";

let runner: TestRunner;
beforeAll(async () => {
  runner = await openRunner();
});
afterAll(async () => {
  await runner.close();
});

const said = (outcome: { readonly kind: string }) =>
  "problems" in outcome ? (outcome.problems as { code: string }[]).map(({ code }) => code) : outcome.kind;

/** What starts a run of the call. */
const startOf = (runId: string): StartRunInput => ({
  tenantId: "t1",
  runId,
  scriptId: "s1",
  version: 1,
  correlationId: "c1",
  startedById: "u1",
  connectorType: null,
  connectorKey: null,
  subject: null,
  variables: {},
  mover: MOVER,
});

/** A run that waits for the answer of n_type. */
async function asking(): Promise<string> {
  const runId = newId();
  await runner.start({ runId });
  await runner.advance(runId);
  return runId;
}

describe("two requests at once", () => {
  test("of two answers one wins, and the other sees what it did", async () => {
    const runId = await asking();
    const held = pausedAt(runner.deps, "locked");
    const first = runner.answer(runId, "n_type", "theft", newId(), held.deps);
    await held.reached;
    const second = runner.answer(runId, "n_type", "collision");
    await untilBlocked(runner.owner, 1);
    held.release();
    expect([said(await first), said(await second)]).toEqual(["moved", ["not_waiting_for_answer"]]);
    const { log, variables, events } = await runner.read(runId);
    expect(log.filter(({ entry }) => entry["kind"] === "answered")).toHaveLength(1);
    expect(variables["incident"]).toBe("theft");
    expect(events.filter(({ type }) => type === "Runs.VariablesSet.v1")).toHaveLength(1);
  });

  test("of many answers, advances and finishes each is decided on what the one before left", async () => {
    const runId = await asking();
    const outcomes = await Promise.all([
      ...["theft", "collision", "theft"].map((value) => runner.answer(runId, "n_type", value)),
      runner.advance(runId),
      runner.advance(runId),
      runner.set(runId, "insured", true),
      runner.finish(runId),
    ]);
    const { run, log } = await runner.read(runId);
    expect(run.logLength).toBe(log.length);
    expect(run.status).toBe("CANCELLED");
    const written = outcomes.flatMap((outcome) => (outcome.kind === "moved" ? outcome.log : []));
    // The two moves that made it ask are in the log as well: started, and two steps.
    expect(log).toHaveLength(written.length + 3);
  });

  test("the same request twice at once has one effect", async () => {
    const runId = await asking();
    const requestId = newId();
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => runner.answer(runId, "n_type", "theft", requestId)),
    );
    const repeated = outcomes.map((outcome) => outcome.kind === "moved" && outcome.repeated);
    expect(repeated.filter((one) => !one)).toHaveLength(1);
    expect((await runner.read(runId)).log.filter((row) => row.requestId === requestId)).toHaveLength(1);
  });

  test("two starts of one run make one run", async () => {
    const held = pausedAt(runner.deps, "half_written");
    const runId = newId();
    const first = startRun(held.deps, startOf(runId));
    await held.reached;
    const second = startRun(runner.deps, { ...startOf(runId), correlationId: "c2" });
    await untilBlocked(runner.owner, 1);
    held.release();
    expect(await first).toMatchObject({ kind: "started", repeated: false });
    expect(await second).toMatchObject({
      kind: "started",
      repeated: true,
      view: { run: { correlationId: "c1" } },
    });
    const { log, events, variables } = await runner.read(runId);
    expect([log.length, events.length, variables]).toEqual([1, 1, { name: "caller" }]);
  });
});

describe("a lost connection", () => {
  const POINTS: readonly RunPausePoint[] = ["locked", "half_written", "before_commit"];

  test.each(POINTS)("at %s leaves nothing of an advance, and the same request does it later", async (at) => {
    const runId = await asking();
    await runner.answer(runId, "n_type", "theft");
    await runner.advance(runId);
    await runner.answer(runId, "n_damage", 9_000);
    const before = await runner.read(runId);
    const held = pausedAt(runner.deps, at);
    const requestId = newId();
    const lost = runner.advance(runId, requestId, held.deps).then(
      () => "done",
      () => "lost",
    );
    await held.reached;
    await endSession(runner.owner, "test-api");
    held.release();
    expect(await lost).toBe("lost");
    expect(await runner.read(runId)).toEqual(before);
    expect(await runner.advance(runId, requestId)).toMatchObject({ kind: "moved", repeated: false });
    const { sent, jobs, run } = await runner.read(runId);
    expect([sent.length, jobs, run.state.waitingFor?.kind]).toEqual([1, 1, "action"]);
  });

  test.each(["half_written", "before_commit"] as const)(
    "at %s leaves no run that was started",
    async (at) => {
      const runId = newId();
      const held = pausedAt(runner.deps, at);
      const lost = startRun(held.deps, startOf(runId)).then(
        () => "done",
        () => "lost",
      );
      await held.reached;
      await endSession(runner.owner, "test-api");
      held.release();
      expect(await lost).toBe("lost");
      expect(await runner.read(runId)).toMatchObject({ run: undefined, log: [], variables: {}, events: [] });
      expect(await runner.start({ runId })).toMatchObject({ kind: "started", repeated: false });
    },
  );

  test.each(POINTS)("of the worker at %s leaves the run waiting for its action", async (at) => {
    const runId = newId();
    const row = await runner.waiting(runId);
    const before = await runner.read(runId);
    const held = pausedAt(runner.worker, at);
    const result = { success: true, result: { number: "MM1" } };
    const lost = runner.complete(row, result, held.deps).then(
      () => "done",
      () => "lost",
    );
    await held.reached;
    await endSession(runner.owner, "test-worker");
    held.release();
    expect(await lost).toBe("lost");
    expect(await runner.read(runId)).toEqual(before);
    expect(await runner.complete(row, result)).toMatchObject({ kind: "moved" });
    expect((await runner.read(runId)).run.status).toBe("SUCCEEDED");
  });
});

describe("a completion", () => {
  test("that meets a run being finished finds it finished, and changes nothing", async () => {
    const runId = newId();
    const row = await runner.waiting(runId);
    const held = pausedAt(runner.deps, "before_commit");
    const finished = runner.finish(runId, held.deps);
    await held.reached;
    const completed = runner.complete(row, { success: true, result: {} });
    await untilBlocked(runner.owner, 1);
    held.release();
    expect([said(await finished), said(await completed)]).toEqual(["moved", ["run_finished"]]);
    expect((await runner.read(runId)).run.status).toBe("CANCELLED");
  });

  test("that meets its own timeout counts when it came first", async () => {
    runner.pass(61_000);
    await moveDueRuns(runner.worker);
    const runId = newId();
    const row = await runner.waiting(runId);
    runner.pass(61_000);
    const held = pausedAt(runner.worker, "before_commit");
    const completed = runner.complete(row, { success: true, result: { number: "MM1" } }, held.deps);
    await held.reached;
    const timedOut = moveDueRuns(runner.worker);
    await untilBlocked(runner.owner, 1);
    held.release();
    expect([said(await completed), await timedOut]).toEqual(["moved", 0]);
    expect((await runner.read(runId)).run.status).toBe("SUCCEEDED");
  });

  test("that meets an answer of the same run waits for its turn", async () => {
    const runId = newId();
    const row = await runner.waiting(runId);
    const held = pausedAt(runner.worker, "locked");
    const completed = runner.complete(row, { success: true, result: { number: "MM1" } }, held.deps);
    await held.reached;
    const set = runner.set(runId, "insured", true);
    await untilBlocked(runner.owner, 1);
    held.release();
    expect([said(await completed), said(await set)]).toEqual(["moved", ["run_finished"]]);
  });
});
