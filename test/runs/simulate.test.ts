import { describe, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import { simulate } from "../../src/runs/simulate.ts";
import { edge, node, variable } from "../scripts/document/documentOf.ts";
import { refusals, scriptOf } from "./support/given.ts";

const answersTo = (nodeId: string, values: readonly Json[]) => values.map((value) => ({ nodeId, value }));

describe("a simulation", () => {
  // Looks something up, and asks whether to do it again until it was found.
  const document = scriptOf({
    nodes: [
      node("a", "action", { data: { command: "look.up", output: { found: "found" } } }),
      node("q", "question"),
      node("e", "end"),
    ],
    edges: [
      edge("a", "e", { data: { condition: { var: "found" }, priority: 1 } }),
      edge("a", "q", { data: { priority: 2 } }),
      edge("q", "a"),
    ],
    variables: [variable("found", { type: "boolean" })],
  });

  test("gives an action the next of its results at each visit, and success without one", () => {
    const result = (found: boolean) => ({ nodeId: "a", success: true, result: { found } });
    const outcome = simulate(document, {
      variables: {},
      answers: answersTo("q", ["again", "again", "again"]),
      actionResults: [result(false), { nodeId: "other", success: false, result: null }, result(true)],
    });
    expect(outcome).toMatchObject({
      kind: "simulated",
      stoppedAt: "end",
      path: ["a", "q", "a", "e"],
      answersUsed: 1,
      actions: [{ dispatch: 1, correlationId: "simulation" }, { dispatch: 2 }],
    });
    const without = simulate(document, { variables: {}, answers: answersTo("q", ["again"]) });
    expect(without).toMatchObject({ stoppedAt: "answer", path: ["a", "q", "a", "q"] });
  });

  test("logs what a run would log", () => {
    const outcome = simulate(document, { variables: { found: true }, answers: [] });
    if (outcome.kind === "refused") throw new Error("refused");
    expect(outcome.log.map((entry) => (entry.kind === "step" ? entry.event : entry.kind))).toEqual([
      "started",
      "waits_for_action",
      "action_completed",
      "moved",
      "ended",
    ]);
  });

  test("stops when it has cost too much, however many answers are left", () => {
    const prompt = "x".repeat(RUN_LIMITS.textLength);
    const endless = scriptOf({
      nodes: [node("q", "question", { data: { prompt } })],
      edges: [edge("q", "q")],
    });
    const answers = answersTo(
      "q",
      Array.from({ length: RUN_LIMITS.simulatedAnswers }, () => "again"),
    );
    const outcome = simulate(endless, { variables: {}, answers });
    expect(outcome).toMatchObject({ stoppedAt: "limit", answersUsed: 100, state: { status: "RUNNING" } });
  });

  test("goes on where one advance of a run stops, to the steps that a run may take", () => {
    const ids = Array.from({ length: 600 }, (_, index) => `m${index}`);
    const walk = (last: string) =>
      simulate(
        scriptOf({
          nodes: [...ids.map((id) => node(id, "message")), node("e", "end")],
          edges: ids.map((id, index) => edge(id, ids[index + 1] ?? last)),
        }),
        { variables: {}, answers: [] },
      );
    expect(walk("e")).toMatchObject({ stoppedAt: "end", state: { status: "SUCCEEDED", steps: 601 } });
    // A circle that is longer than one advance is not seen as one.
    expect(walk("m0")).toMatchObject({
      stoppedAt: "failed",
      state: { failure: { code: "too_many_steps" }, steps: RUN_LIMITS.runSteps + 1 },
    });
    expect(walk("m599")).toMatchObject({ stoppedAt: "circle", state: { status: "RUNNING", steps: 600 } });
  });

  test("is refused where a run would not start", () => {
    expect(refusals(simulate(document, { variables: { found: 1 }, answers: [] }))).toEqual([
      "variable_type_mismatch /variables/found",
    ]);
  });
});
