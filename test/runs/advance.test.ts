import { describe, expect, test } from "vitest";
import { advance } from "../../src/runs/advance.ts";
import { finish } from "../../src/runs/finish.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import type { Sketch } from "../scripts/document/documentOf.ts";
import { edge, node, variable } from "../scripts/document/documentOf.ts";
import { advanced, answered, asking, refusals, scriptOf, started } from "./support/given.ts";

/** What an advance from the start comes to: where it stopped, at which node, and the nodes it left. */
function walk(sketch: Sketch): unknown {
  const document = scriptOf(sketch);
  const { stoppedAt, state, steps } = advanced(document, started(document));
  return [
    stoppedAt,
    state.currentNodeId,
    steps.filter(({ event }) => event === "moved").map(({ nodeId }) => nodeId),
  ];
}

const adult = { ">=": [{ var: "age" }, 18] };

const script = scriptOf({
  nodes: [
    node("s", "start", { data: { prompt: "" } }),
    node("m", "message", { data: { prompt: "Hello {{name}}." } }),
    node("q", "question", {
      data: {
        title: "Age",
        prompt: "How old are you, {{name}}?",
        variable: "age",
        uiSchema: { widget: "number" },
      },
    }),
    node("c", "condition", { data: { prompt: "" } }),
    node("young", "end", { data: { prompt: "Too young.", outcome: "too_young" } }),
    node("old", "end", { data: { prompt: "Welcome." } }),
  ],
  edges: [
    edge("s", "m"),
    edge("m", "q"),
    edge("q", "c"),
    edge("c", "old", { data: { condition: adult, priority: 1 } }),
    edge("c", "young", { data: { priority: 2 } }),
  ],
  variables: [variable("name", { defaultVal: "you" }), variable("age", { type: "number" })],
});

const nothing = { tried: [], edgeId: null, nextNodeId: null, dispatch: null, failure: null };
const always = (id: string) => ({ what: "edge", id, path: null, values: {}, verdict: "holds" });

describe("an advance", () => {
  test("walks to the first question, says what is said on the way, and explains each step", () => {
    const before = started(script, { name: "Ada" });
    const question = {
      nodeId: "q",
      type: "question",
      title: "Age",
      prompt: "How old are you, Ada?",
      options: [],
      variable: "age",
      uiSchema: { widget: "number" },
    };
    expect(advance(script, before)).toEqual({
      kind: "advanced",
      stoppedAt: "answer",
      state: { ...before, currentNodeId: "q", waitingFor: { kind: "answer", nodeId: "q" }, steps: 3 },
      steps: [
        {
          ...nothing,
          kind: "step",
          number: 1,
          nodeId: "s",
          nodeType: "start",
          event: "moved",
          tried: [always("s-m")],
          edgeId: "s-m",
          nextNodeId: "m",
        },
        {
          ...nothing,
          kind: "step",
          number: 2,
          nodeId: "m",
          nodeType: "message",
          event: "moved",
          tried: [always("m-q")],
          edgeId: "m-q",
          nextNodeId: "q",
        },
        { ...nothing, kind: "step", number: 3, nodeId: "q", nodeType: "question", event: "waits_for_answer" },
      ],
      actions: [],
      prompts: [
        {
          nodeId: "m",
          type: "message",
          title: null,
          prompt: "Hello Ada.",
          options: [],
          variable: null,
          uiSchema: null,
        },
        question,
      ],
      work: "Hello Ada.".length + "How old are you, Ada?".length,
    });
  });

  test("goes on from an answer to the end, where the run has succeeded", () => {
    const { state, steps, stoppedAt, prompts } = advanced(script, answered(script, asking(script), 41));
    expect(stoppedAt).toBe("end");
    expect(state).toMatchObject({
      status: "SUCCEEDED",
      currentNodeId: "old",
      settled: true,
      outcome: null,
      waitingFor: null,
    });
    expect(prompts.map(({ prompt }) => prompt)).toEqual(["Welcome."]);
    expect(steps.map(({ number, event, nodeId }) => [number, event, nodeId])).toEqual([
      [4, "moved", "q"],
      [5, "moved", "c"],
      [6, "ended", "old"],
    ]);
    expect(steps[1]?.tried).toEqual([
      { what: "edge", id: "c-old", path: "/data/condition", values: { age: 41 }, verdict: "holds" },
    ]);
  });

  test("tells the outcome that the end node names", () => {
    const { state } = advanced(script, answered(script, asking(script), 4));
    expect(state).toMatchObject({ status: "SUCCEEDED", outcome: "too_young" });
  });

  test.each(["FAILED", "CANCELLED", "SUCCEEDED"])("ends as the end node says when that is %s", (outcome) => {
    const document = scriptOf({ nodes: [node("e", "end", { data: { outcome } })] });
    const { state, stoppedAt } = advanced(document, started(document));
    expect([stoppedAt, state.status, state.outcome, state.failure]).toEqual(["end", outcome, outcome, null]);
  });

  test("fails a run at a dead end, and says what was tried", () => {
    const document = scriptOf({
      nodes: [node("s", "start"), node("e", "end")],
      edges: [edge("s", "e", { data: { condition: false } })],
    });
    const { state, steps, stoppedAt } = advanced(document, started(document));
    expect(stoppedAt).toBe("dead_end");
    expect(state).toMatchObject({
      status: "FAILED",
      currentNodeId: "s",
      failure: { code: "dead_end", nodeId: "s" },
    });
    expect(steps).toMatchObject([
      { event: "failed", failure: { code: "dead_end" }, tried: [{ verdict: "fails" }] },
    ]);
  });

  test("passes a custom node, and waits at one that has options or a variable to fill", () => {
    const through = (data: { [key: string]: string | string[] }): unknown =>
      walk({
        nodes: [node("s", "start"), node("x", "custom", { data }), node("e", "end")],
        edges: [edge("s", "x"), edge("x", "e")],
      });
    expect(through({})).toEqual(["end", "e", ["s", "x"]]);
    expect(through({ options: ["a"] })).toEqual(["answer", "x", ["s"]]);
    expect(through({ variable: "age" })).toEqual(["answer", "x", ["s"]]);
  });

  test("is refused while the run waits, once it is finished, and for a node of another version", () => {
    const waiting = asking(script);
    expect(refusals(advance(script, waiting))).toEqual(["waiting_for_answer "]);
    const finished = finish(waiting, "FAILED");
    if (finished.kind === "refused") throw new Error("refused");
    expect(finished.state).toMatchObject({ status: "FAILED", waitingFor: null, failure: null });
    expect(finished.log).toEqual([{ kind: "finished", status: "FAILED" }]);
    expect(refusals(advance(script, finished.state))).toEqual(["run_finished "]);
    expect(refusals(advance(script, { ...started(script), currentNodeId: "gone" }))).toEqual([
      "node_not_found ",
    ]);
  });
});

describe("an advance stops at a limit", () => {
  test("before it goes round in a circle, and the run goes on when a variable leads out", () => {
    const document = scriptOf({
      nodes: [node("s", "start"), node("a", "message"), node("b", "condition"), node("e", "end")],
      edges: [
        edge("s", "a"),
        edge("a", "b"),
        edge("b", "e", { data: { condition: adult, priority: 1 } }),
        edge("b", "a", { data: { priority: 2 } }),
      ],
      variables: [variable("age", { type: "number" })],
    });
    const { state, stoppedAt, steps } = advanced(document, started(document));
    expect([stoppedAt, state.status, state.currentNodeId, steps.length]).toEqual([
      "circle",
      "RUNNING",
      "a",
      3,
    ]);
    const after = advanced(document, { ...state, variables: { age: 20 } });
    expect([after.stoppedAt, after.state.status]).toEqual(["end", "SUCCEEDED"]);
  });

  test("at a message that leads to itself", () => {
    const nodes = [node("a", "message")];
    expect(walk({ nodes, edges: [edge("a", "a")] })).toEqual(["circle", "a", ["a"]]);
  });

  test("but asks the same question again as often as the answers lead back", () => {
    const document = scriptOf({
      nodes: [node("q", "question", { data: { variable: "age" } }), node("e", "end")],
      edges: [
        edge("q", "e", { data: { condition: adult, priority: 1 } }),
        edge("q", "q", { data: { priority: 2 } }),
      ],
      variables: [variable("age", { type: "number" })],
    });
    let state = asking(document);
    for (const age of [1, 2, 3]) state = advanced(document, answered(document, state, age)).state;
    expect(state).toMatchObject({
      currentNodeId: "q",
      waitingFor: { kind: "answer" },
      answers: { q: { value: 3 } },
    });
    expect(advanced(document, answered(document, state, 18)).stoppedAt).toBe("end");
  });

  const line = (length: number, prompt: string): Sketch => {
    const ids = Array.from({ length }, (_, index) => `m${index}`);
    return {
      nodes: [...ids.map((id) => node(id, "message", { data: { prompt } })), node("e", "end")],
      edges: ids.map((id, index) => edge(id, ids[index + 1] ?? "e")),
    };
  };

  test("after so many steps, and goes on from there", () => {
    const document = scriptOf(line(RUN_LIMITS.advanceSteps + 5, "Hi."));
    const first = advanced(document, started(document));
    expect([first.stoppedAt, first.steps.length]).toEqual(["limit", RUN_LIMITS.advanceSteps]);
    const second = advanced(document, first.state);
    expect([second.stoppedAt, second.steps.length]).toEqual(["end", 6]);
    expect(second.steps[0]?.number).toBe(RUN_LIMITS.advanceSteps + 1);
  });

  test("after so much that was said", () => {
    const document = scriptOf(line(50, "x".repeat(RUN_LIMITS.textLength)));
    const { stoppedAt, prompts } = advanced(document, started(document));
    expect([stoppedAt, prompts.length]).toEqual(["limit", RUN_LIMITS.advanceWork / RUN_LIMITS.textLength]);
  });

  test("and fails a run that has taken too many steps altogether", () => {
    const { state, stoppedAt } = advanced(script, { ...started(script), steps: RUN_LIMITS.runSteps });
    expect([stoppedAt, state.status, state.failure?.code]).toEqual(["failed", "FAILED", "too_many_steps"]);
  });
});
