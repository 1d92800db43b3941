import { describe, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { chooseEdge } from "../../src/runs/chooseEdge.ts";
import { toRunGraph } from "../../src/runs/runGraph.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import type { Answer } from "../../src/runs/runState.ts";
import type { GraphEdge, GraphNode } from "../../src/scripts/storedCommand.ts";
import { edge, node, variable } from "../scripts/document/documentOf.ts";
import { scriptOf } from "./support/given.ts";

interface Given {
  readonly variables?: { readonly [key: string]: Json };
  readonly answer?: Answer;
}

/** Node n, which leads to a, b, c and d by the given edges. */
function choice(n: GraphNode, edges: readonly GraphEdge[], { variables = {}, answer }: Given = {}) {
  const ends = ["a", "b", "c", "d"].map((id) => node(id, "end"));
  const document = scriptOf({ nodes: [n, ...ends], edges, variables: [variable("age", { type: "number" })] });
  return chooseEdge(toRunGraph(document), n, { variables, answers: answer ? { n: answer } : {} });
}

const target = (n: GraphNode, edges: readonly GraphEdge[], given?: Given): string | undefined =>
  choice(n, edges, given).edge?.target;

const to = (end: string, condition?: Json, priority?: number, sourceHandle?: string): GraphEdge =>
  edge("n", end, {
    data: {
      ...(condition === undefined ? {} : { condition }),
      ...(priority === undefined ? {} : { priority }),
    },
    ...(sourceHandle === undefined ? {} : { sourceHandle }),
  });
const by = (sourceHandle: string, end: string, condition?: Json, priority?: number): GraphEdge =>
  to(end, condition, priority, sourceHandle);
const adult = { ">=": [{ var: "age" }, 18] };

describe("of the edges that leave a message", () => {
  const n = node("n", "message");

  test("the one with the lowest priority is tried first; no priority is 0", () => {
    expect(target(n, [to("a", true, 2), to("b", true, 1), to("c", true, 1.5)])).toBe("b");
    expect(target(n, [to("a", true, 1), to("b"), to("c", true, 0)])).toBe("b");
    expect(target(n, [to("a"), to("b", true, -1)])).toBe("b");
  });

  test("equal ones are tried in the order of the list", () => {
    expect(target(n, [to("c", true, 1), to("a", true, 1)])).toBe("c");
  });

  test("the first whose condition holds is taken; none, null and true always hold, false never", () => {
    expect(target(n, [to("a", adult), to("b")], { variables: { age: 18 } })).toBe("a");
    expect(target(n, [to("a", adult), to("b")], { variables: { age: 17 } })).toBe("b");
    expect(target(n, [to("a", false), to("b", null), to("c")])).toBe("b");
    expect(target(n, [to("a", false)])).toBe(undefined);
    expect(target(n, [])).toBe(undefined);
  });

  test("one that leads to no node, or leaves by a handle, is not taken", () => {
    expect(target(n, [edge("n", "gone"), by("x", "a"), to("b")])).toBe("b");
  });
});

describe("of the edges that leave a question", () => {
  const n = node("n", "question", { data: { options: ["yes", { id: "no", value: 0 }, "maybe"] } });
  const edges = [to("d"), by("yes", "a"), by("no", "b"), by("0", "c", true, -1)];

  test("those at the chosen option come first, by id or value; then those without a handle", () => {
    expect(target(n, edges, { answer: { value: "yes", option: "yes" } })).toBe("a");
    expect(target(n, edges, { answer: { value: 0, option: "no" } })).toBe("c");
    expect(target(n, edges, { answer: { value: "maybe", option: "maybe" } })).toBe("d");
  });

  test("one without a handle is taken when no condition at the chosen option holds", () => {
    const answer = { value: "yes", option: "yes" };
    expect(target(n, [by("yes", "a", adult), to("d", null, 9)], { answer })).toBe("d");
    expect(target(n, [by("yes", "a", adult), by("no", "b")], { answer })).toBe(undefined);
  });

  test("all are without a handle when it has no options", () => {
    const open = node("n", "question");
    expect(target(open, [by("yes", "a"), to("d")], { answer: { value: "yes" } })).toBe("d");
  });

  test("conditions see the answer", () => {
    const open = node("n", "question");
    const long = { ">": [{ var: "answers.n.length" }, 3] };
    expect(target(open, [to("a", long), to("b")], { answer: { value: "yes" } })).toBe("b");
    expect(target(open, [to("a", long), to("b")], { answer: { value: "certainly" } })).toBe("a");
  });
});

describe("of the edges that leave a condition", () => {
  const yesNo = [by("true", "a"), by("false", "b"), to("c")];

  test("those at true or false are taken, as its own condition says", () => {
    const n = node("n", "condition", { data: { condition: adult } });
    expect(target(n, yesNo, { variables: { age: 30 } })).toBe("a");
    expect(target(n, yesNo, { variables: { age: 3 } })).toBe("b");
  });

  test("only those without a handle are taken when there is nothing to decide by", () => {
    expect(target(node("n", "condition"), yesNo)).toBe("c");
    expect(target(node("n", "condition", { data: { condition: null } }), yesNo)).toBe("c");
  });

  test("those at the first branch that holds are taken; a branch without condition always holds", () => {
    const branches = [{ id: "x", condition: adult }, { id: "y" }, { id: "z" }];
    const n = node("n", "condition", { data: { branches, condition: true } });
    const edges = [by("x", "a"), by("y", "b"), by("z", "c"), by("true", "d")];
    expect(target(n, edges, { variables: { age: 30 } })).toBe("a");
    expect(target(n, edges, { variables: { age: 3 } })).toBe("b");
  });

  test("one without a handle is taken when no branch holds, or none leaves by the branch that does", () => {
    const n = node("n", "condition", { data: { branches: [{ id: "x", condition: adult }] } });
    expect(target(n, [by("x", "a"), to("d")], { variables: { age: 3 } })).toBe("d");
    expect(target(n, [by("y", "a"), to("d")], { variables: { age: 30 } })).toBe("d");
    expect(target(n, [by("x", "a", false), to("d")], { variables: { age: 30 } })).toBe("d");
    expect(target(node("n", "condition", { data: { branches: [] } }), [to("d")])).toBe("d");
  });
});

describe("of the edges that leave a node of a custom type", () => {
  test("any handle will do, and one without a handle comes last", () => {
    const n = node("n", "crmLookup", { data: { handles: ["ok", "failed"] } });
    expect(target(n, [to("d"), by("ok", "a", adult), by("failed", "b")], { variables: { age: 30 } })).toBe(
      "a",
    );
    expect(target(n, [to("d"), by("ok", "a", adult), by("failed", "b")])).toBe("b");
    expect(target(n, [to("d"), by("ok", "a", adult)])).toBe("d");
  });

  test("those at the chosen option come first when it has options", () => {
    const n = node("n", "rating", { data: { options: ["good", "bad"] } });
    const edges = [by("good", "a"), by("bad", "b")];
    expect(target(n, edges, { answer: { value: "bad", option: "bad" } })).toBe("b");
  });
});

describe("what was tried", () => {
  test("is told with the values that its names stood for, up to what held", () => {
    const n = node("n", "condition", { data: { branches: [{ id: "x", condition: adult }] } });
    const long = { in: [{ var: "answers.n" }, { var: ["text", "none"] }] };
    const { tried, edge: taken } = choice(n, [edge("n", "gone"), to("a", long), to("b"), to("c")], {
      variables: { age: 3, text: "x".repeat(1_000) },
      answer: { value: { a: 1 } },
    });
    expect(taken?.id).toBe("n-b");
    expect(tried).toEqual([
      { what: "branch", id: "x", path: "/data/branches/0/condition", values: { age: 3 }, verdict: "fails" },
      { what: "edge", id: "n-gone", path: null, values: {}, verdict: "target_missing" },
      {
        what: "edge",
        id: "n-a",
        path: "/data/condition",
        values: { "answers.n": { a: 1 }, text: `${"x".repeat(RUN_LIMITS.tracedLength - 1)}…` },
        verdict: "fails",
      },
      { what: "edge", id: "n-b", path: null, values: {}, verdict: "holds" },
    ]);
  });

  test("leaves out what a name inside a list's rule means", () => {
    const rule = { some: [{ var: "list" }, { ">": [{ var: "total" }, 1] }] };
    const { tried } = choice(node("n", "message"), [to("a", rule)], { variables: { list: [{ total: 2 }] } });
    expect(tried.map(({ values }) => values)).toEqual([{ list: [{ total: 2 }] }]);
  });

  test("was nothing when no edge fits the answer, and the way out is named", () => {
    const asks = node("n", "question", { data: { options: [{ id: "yes", value: 1 }, "no"] } });
    const answer = { value: 1, option: "yes" };
    const why = (n: GraphNode, edges: readonly GraphEdge[], given?: Given) => choice(n, edges, given).why;
    expect(why(asks, [by("no", "a")], { answer })).toBe(
      'no edge leaves it by "yes" or "1", or without a handle',
    );
    expect(why(asks, [], { answer })).toBe("no edge leaves it");
    expect(why(node("n", "message"), [by("x", "a")])).toBe("no edge leaves it without a handle");
    expect(why(node("n", "message"), [to("a", false)])).toBe("no edge that was tried could be taken");
  });

  test("does not hold when it cannot be evaluated, and says why", () => {
    const costly = { some: [{ var: "list" }, false] };
    const list = Array.from({ length: 15_000 }, () => 0);
    const n = node("n", "condition", { data: { condition: costly } });
    const { edge: taken, tried } = choice(n, [by("true", "a"), by("false", "b"), to("c", costly), to("d")], {
      variables: { list },
    });
    expect(taken?.target).toBe("d");
    expect(tried.map(({ verdict, code }) => [verdict, code])).toEqual([
      ["error", "condition_too_expensive"],
      ["error", "condition_too_expensive"],
      ["holds", undefined],
    ]);
  });

  test("costs a bounded number of operations, however many edges there are", () => {
    const costly = { some: [{ var: "list" }, false] };
    const edges = Array.from({ length: 300 }, (_, index) => ({ ...to("a", costly), id: `e${index}` }));
    const list = Array.from({ length: 4_000 }, () => 0);
    const { operations, tried, edge: taken } = choice(node("n", "message"), edges, { variables: { list } });
    expect(taken).toBe(undefined);
    expect(operations).toBeLessThanOrEqual(RUN_LIMITS.nodeOperations);
    expect(tried).toHaveLength(RUN_LIMITS.tracedTries);
    expect(tried.at(-1)).toMatchObject({ verdict: "error", code: "condition_too_expensive" });
  });
});
