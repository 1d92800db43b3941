import { describe, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { answer } from "../../src/runs/answer.ts";
import { finish } from "../../src/runs/finish.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import type { GraphNode, ScriptDocument } from "../../src/scripts/storedCommand.ts";
import { edge, node, variable } from "../scripts/document/documentOf.ts";
import { answered, asking, refusals, scriptOf, started } from "./support/given.ts";

/** q (a question with the given data) -> e */
function asks(data: GraphNode["data"], type = "question"): ScriptDocument {
  return scriptOf({
    nodes: [node("q", type, { data }), node("e", "end")],
    edges: [edge("q", "e")],
    variables: [
      variable("name", { required: true }),
      variable("note"),
      variable("count", { type: "number" }),
      variable("sure", { type: "boolean" }),
      variable("plan", { type: "enum", enumValues: ["gold", "1"] }),
      variable("parts", { type: "json" }),
    ],
  });
}

/** What a question answered with a value stores: the answer, and the variables. */
function fills(data: GraphNode["data"], value: Json): unknown {
  const document = asks(data);
  const { answers, variables } = answered(document, asking(document), value);
  return [answers["q"], variables];
}

const refuses = (data: GraphNode["data"], value: Json, type?: string): string[] => {
  const document = asks(data, type);
  return refusals(answer(document, asking(document), { nodeId: "q", value }));
};

describe("an answer", () => {
  test("fills the variable of its question, settles it, and is logged", () => {
    const document = asks({ variable: "count" });
    const before = asking(document);
    expect(answer(document, before, { nodeId: "q", value: 3 })).toEqual({
      kind: "answered",
      state: {
        ...before,
        settled: true,
        waitingFor: null,
        variables: { count: 3 },
        answers: { q: { value: 3 } },
      },
      changed: { count: 3 },
      log: [{ kind: "answered", nodeId: "q", value: 3, option: null, variable: "count" }],
    });
  });

  test("may be any JSON where no variable waits for it", () => {
    expect(fills({}, { a: [1] })).toEqual([{ value: { a: [1] } }, {}]);
    expect(fills({ options: [] }, "free")).toEqual([{ value: "free" }, {}]);
  });

  test("of nothing leaves a variable that is not required without a value", () => {
    expect(fills({ variable: "note" }, null)).toEqual([{ value: null }, {}]);
    expect(fills({ variable: "note" }, "")).toEqual([{ value: "" }, { note: "" }]);
    expect(refuses({ variable: "name" }, null)).toEqual(["variable_required /value"]);
    expect(refuses({ variable: "name" }, "  ")).toEqual(["variable_required /value"]);
  });

  test.each<[string, GraphNode["data"], Json, string]>([
    ["a text for a number", { variable: "count" }, "3", "variable_type_mismatch /value"],
    ["a value that is not in the enum", { variable: "plan" }, "tin", "variable_not_in_enum /value"],
    ["a variable that is not declared", { variable: "nope" }, 1, "variable_not_declared /value"],
    ["an unknown option", { options: ["a"] }, "b", "option_not_found /value"],
    ["a list of options", { options: ["a"] }, ["a"], "option_not_found /value"],
    ["nothing where there are options", { options: ["a"] }, null, "option_not_found /value"],
    ["a name of Object.prototype as option", { options: ["a"] }, "constructor", "option_not_found /value"],
    [
      "an option whose value does not fit",
      { variable: "count", options: ["many"] },
      "many",
      "variable_type_mismatch /value",
    ],
    [
      "an option that reads as no number",
      { variable: "count", options: [" "] },
      " ",
      "variable_type_mismatch /value",
    ],
    ["a large text", {}, "x".repeat(70_000), "variable_too_large /value"],
    ["unsafe text", {}, ["\u0000"], "nul_character /value/0"],
  ])("is refused when it is %s", (_, data, value, reason) => {
    expect(refuses(data, value)).toEqual([reason]);
  });

  test("is refused at a choice without options", () => {
    expect(refuses({}, "a", "choice")).toEqual(["option_not_found /value"]);
  });
});

describe("an option", () => {
  const options = [
    "a",
    5,
    { id: "yes", value: true },
    { id: "one", label: "One" },
    { id: "o", value: { x: 1 } },
  ];

  test.each<[Json, Json, string]>([
    ["a", "a", "a"],
    [5, 5, "5"],
    ["5", 5, "5"],
    ["yes", true, "yes"],
    [true, true, "yes"],
    ["true", true, "yes"],
    ["one", "one", "one"],
    ["o", { x: 1 }, "o"],
    [{ x: 1 }, { x: 1 }, "o"],
  ])("that is named %j gives the value %j, and its name %s", (given, value, option) => {
    expect(fills({ options }, given)).toEqual([{ value, option }, {}]);
  });

  test("has the type of the variable that it fills", () => {
    expect(fills({ options: ["1", "2"], variable: "count" }, "2")).toMatchObject([{}, { count: 2 }]);
    expect(fills({ options: ["true", "false"], variable: "sure" }, "false")).toMatchObject([
      {},
      { sure: false },
    ]);
    expect(fills({ options: ["gold", 1], variable: "plan" }, 1)).toMatchObject([{}, { plan: "1" }]);
    expect(fills({ options: [7], variable: "note" }, 7)).toMatchObject([{}, { note: "7" }]);
    expect(fills({ options: ["7"], variable: "parts" }, "7")).toMatchObject([{}, { parts: "7" }]);
  });
});

describe("a run takes an answer", () => {
  const document = scriptOf({
    nodes: [node("q", "question"), node("r", "question"), node("e", "end")],
    edges: [edge("q", "r"), edge("r", "e")],
  });
  const refusedAt = (state: ReturnType<typeof asking>, nodeId: string): string[] =>
    refusals(answer(document, state, { nodeId, value: "x" }));

  test("only at the node that it waits at", () => {
    expect(refusedAt(asking(document), "r")).toEqual(["node_not_current /nodeId"]);
    expect(refusedAt(asking(document), "gone")).toEqual(["node_not_found /nodeId"]);
    expect(refusedAt(asking(document), "constructor")).toEqual(["node_not_found /nodeId"]);
  });

  test("only once it has been advanced to the question, and only once", () => {
    expect(refusedAt(started(document), "q")).toEqual(["not_waiting_for_answer /nodeId"]);
    expect(refusedAt(answered(document, asking(document), "x"), "q")).toEqual([
      "not_waiting_for_answer /nodeId",
    ]);
  });

  test("only while it is running", () => {
    const outcome = finish(asking(document), "CANCELLED");
    if (outcome.kind === "refused") throw new Error("refused");
    expect(refusedAt(outcome.state, "q")).toEqual(["run_finished "]);
  });

  test("only while all answers together stay within bounds", () => {
    const state = asking(document);
    const answers = { other: { value: "x".repeat(RUN_LIMITS.answersBytes) } };
    expect(refusedAt({ ...state, answers }, "q")).toEqual(["answers_too_large /value"]);
  });
});
