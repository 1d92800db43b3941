import * as fc from "fast-check";
import type { Draft } from "immer";
import { produce } from "immer";
import { describe, expect, test } from "vitest";
import type { KeyedDocument } from "../../../src/scripts/document/document.ts";
import { toDocument, toKeyed } from "../../../src/scripts/document/document.ts";
import { findProblems } from "../../../src/scripts/findProblems.ts";
import type { EdgeState, VariableState } from "../../../src/scripts/state.ts";
import { expectWords } from "../support/expectWords.ts";
import { arbitraryDocument } from "./arbitraryDocument.ts";
import type { Sketch } from "./documentOf.ts";
import { documentOf, edge, node, variable } from "./documentOf.ts";

const find = (sketch: Sketch): string[] => lines(documentOf({ entryNodeId: "s", ...sketch }));
const lines = (document: KeyedDocument): string[] => {
  const findings = findProblems(document);
  expectWords(findings);
  return findings.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
};

/** s -> the given node "n" -> e, sound but for what the test adds. */
function around(n: ReturnType<typeof node>, more: Sketch = {}): Sketch {
  return {
    ...more,
    nodes: [node("s", "start"), n, node("e", "end"), ...(more.nodes ?? [])],
    edges: [edge("s", "n"), ...(more.edges ?? [edge("n", "e")])],
  };
}

const plan = variable("plan", { type: "enum", enumValues: ["gold", "silver"] });

describe("a graph without findings", () => {
  test("has questions, branches, loops by way of a question, a custom node, a group and a note", () => {
    const findings = find({
      nodes: [
        node("s", "start"),
        node("q", "question", {
          parentId: "g",
          data: { variable: "plan", options: ["gold", { id: "s1", value: "silver" }] },
        }),
        node("c", "condition", { data: { condition: { "==": [{ var: "answers.q" }, "gold"] } } }),
        node("w", "crmLookup"),
        node("sw", "condition", {
          data: { branches: [{ id: "a", condition: { var: "age" } }, { id: "b" }] },
        }),
        node("m", "message", { data: { prompt: "Fine, {{name}}." } }),
        node("e", "end"),
        node("g", "group"),
        node("note", "note"),
      ],
      edges: [
        edge("s", "q"),
        edge("q", "c", { sourceHandle: "gold" }),
        edge("q", "w", { sourceHandle: "s1" }),
        edge("c", "m", { sourceHandle: "true" }),
        edge("c", "q", { sourceHandle: "false" }),
        edge("w", "sw", { sourceHandle: "ok" }),
        edge("sw", "m", { sourceHandle: "a" }),
        edge("sw", "q"),
        edge("m", "e"),
      ],
      variables: [plan, variable("age"), variable("name")],
    });
    expect(findings).toEqual([]);
  });

  test("and one without nodes has a warning only", () => {
    expect(lines(documentOf({}))).toEqual(["warning graph_empty /nodes"]);
    expect(lines(documentOf({ variables: [plan] }))).toEqual(["warning graph_empty /nodes"]);
  });
});

describe("the way through the graph", () => {
  test("starts at the entry node", () => {
    const sketch = around(node("n", "message"));
    expect(find({ ...sketch, entryNodeId: null })).toEqual(["error entry_missing /entryNodeId"]);
    expect(find({ ...sketch, entryNodeId: "toString" })).toEqual(["error entry_node_not_found /entryNodeId"]);
    const [missing] = findProblems(documentOf({ ...sketch, entryNodeId: null }));
    expect(missing?.message).toContain('"s"');
  });

  test("leads to an end", () => {
    const sketch = {
      nodes: [node("s", "start"), node("q", "question"), node("e", "end")],
      edges: [edge("s", "q"), edge("q", "s")],
    };
    expect(find(sketch)).toEqual(["error end_unreachable /entryNodeId", "warning node_unreachable /nodes/e"]);
  });

  test("does not stop before, and only a custom node may end it by itself", () => {
    const nodes = [node("s", "start"), node("e", "end"), node("dead", "question"), node("hangUp", "hangUp")];
    expect(find({ nodes, edges: [edge("s", "e"), edge("s", "dead"), edge("s", "hangUp")] })).toEqual([
      "error dead_end /nodes/dead",
      "warning dead_end /nodes/hangUp",
      "warning ambiguous_edges /nodes/s",
    ]);
    expect(find({ nodes: nodes.slice(0, 3), edges: [], entryNodeId: null })).toEqual([
      "error entry_missing /entryNodeId",
      "error dead_end /nodes/dead",
      "error dead_end /nodes/s",
    ]);
  });

  test("comes to every node that takes part, and not past an end", () => {
    const sketch = around(node("n", "message"), {
      nodes: [node("after", "end"), node("lost", "question")],
      edges: [edge("n", "e"), edge("e", "after")],
    });
    expect(find(sketch)).toEqual([
      "warning node_unreachable /nodes/after",
      "warning end_with_edges /nodes/e",
      "warning node_unreachable /nodes/lost",
    ]);
  });

  test("does not go round for ever without a question", () => {
    const nodes = ["a", "b"].map((id) => node(id, "message"));
    const back = { data: { condition: { var: "x" } } };
    const sketch = (middle: ReturnType<typeof node>): Sketch => ({
      nodes: [node("s", "start"), ...nodes, middle, node("e", "end")],
      edges: [edge("s", "b"), edge("b", "m"), edge("m", "a", back), edge("m", "e"), edge("a", "b")],
      variables: [variable("x")],
    });
    expect(find(sketch(node("m", "message")))).toEqual(["error endless_loop /nodes/a"]);
    expect(find(sketch(node("m", "action")))).toEqual(["warning action_loop /nodes/a"]);
    for (const type of ["question", "crmLookup"]) expect(find(sketch(node("m", type)))).toEqual([]);
    expect(
      find(
        around(node("n", "message"), {
          edges: [edge("n", "n", back), edge("n", "e")],
          variables: [variable("x")],
        }),
      ),
    ).toEqual(["error endless_loop /nodes/n"]);
  });

  test("is searched without recursion: a loop may have thousands of nodes", () => {
    const nodes = Array.from({ length: 5_000 }, (_, n) => node(`n${n}`, "message"));
    const edges = nodes.map(({ id }, n) => edge(id, `n${(n + 1) % 5_000}`));
    expect(find({ nodes, edges, entryNodeId: "n0" })).toEqual([
      "error end_unreachable /entryNodeId",
      "error endless_loop /nodes/n0",
    ]);
  });
});

describe("edges", () => {
  test("hold on to their nodes and handles", () => {
    const sketch = around(node("n", "question", { data: { options: ["a"] } }), {
      edges: [
        edge("n", "e", { sourceHandle: "a" }),
        edge("n", "e", { sourceHandle: "old" }),
        edge("gone", "e"),
        edge("s", "away"),
      ],
    });
    expect(find(sketch)).toEqual([
      "error node_not_found /edges/gone-e/source",
      "error handle_not_found /edges/n:old-e/sourceHandle",
      "error node_not_found /edges/s-away/target",
      "warning ambiguous_edges /nodes/s",
    ]);
  });

  test("name declared variables and nodes that are there", () => {
    const condition = { and: [{ var: "ghost" }, { var: "answers.n.deep" }, { var: "answers.ghost" }] };
    const sketch = around(node("n", "question"), {
      edges: [
        edge("n", "e", { id: "x/1", label: "{{ghost}} {{answers.n}}", data: { condition, priority: "1" } }),
        edge("n", "e"),
      ],
    });
    expect(find(sketch)).toEqual([
      "error condition_unknown_variable /edges/x~11/data/condition/and/0/var",
      "error priority_invalid /edges/x~11/data/priority",
      "error template_unknown_variable /edges/x~11/label",
      "warning condition_unknown_answer /edges/x~11/data/condition/and/2/var",
    ]);
  });

  test("of one handle are told apart by conditions or priorities", () => {
    const edges = (...data: { [key: string]: number | boolean }[]) =>
      data.map((one, index) => edge("n", "e", { id: `e${index}`, data: one }));
    const ambiguous = (...data: { [key: string]: number | boolean }[]): string[] =>
      find(around(node("n", "message"), { edges: edges(...data) }));
    expect(ambiguous({}, { priority: 0 })).toEqual(["warning ambiguous_edges /nodes/n"]);
    expect(ambiguous({ condition: true }, {})).toEqual(["warning ambiguous_edges /nodes/n"]);
    expect(ambiguous({ priority: 1 }, { priority: 2 }, { condition: false })).toEqual([]);
    const byHandle = ["true", "false"].map((sourceHandle) => edge("n", "e", { sourceHandle }));
    expect(find(around(node("n", "condition", { data: { condition: true } }), { edges: byHandle }))).toEqual(
      [],
    );
  });

  test("leave a way for when no condition holds", () => {
    const data = { condition: { var: "x" } };
    const sketch = (edges: Sketch["edges"]): string[] =>
      find(
        around(node("n", "question", { data: { options: ["a"] } }), {
          edges: edges ?? [],
          variables: [variable("x")],
        }),
      );
    expect(sketch([edge("n", "e", { data })])).toEqual([
      "warning no_default_edge /nodes/n",
      "warning option_without_edge /nodes/n/data/options/0",
    ]);
    expect(sketch([edge("n", "e", { sourceHandle: "a", data })])).toEqual([
      "warning no_default_edge /nodes/n",
    ]);
    expect(sketch([edge("n", "e", { sourceHandle: "a", data }), edge("n", "e")])).toEqual([]);
  });
});

describe("nodes", () => {
  test("connect every option or have an edge for the rest", () => {
    const n = node("n", "choice", { data: { options: [{ id: "a" }, { id: "b", value: "B" }, "c"] } });
    const a = edge("n", "e", { sourceHandle: "a" });
    expect(find(around(n, { edges: [a, edge("n", "e", { sourceHandle: "B" })] }))).toEqual([
      "error option_without_edge /nodes/n/data/options/2",
    ]);
    expect(find(around(n, { edges: [a, edge("n", "e")] }))).toEqual([]);
  });

  test("connect both sides of a condition, or every branch", () => {
    const yes = { edges: [edge("n", "e", { sourceHandle: "true" })] };
    const condition = { "!": { var: "answers.s" } };
    expect(find(around(node("n", "condition", { data: { condition } }), yes))).toEqual([
      "error branch_without_edge /nodes/n",
    ]);
    const branches = [{ id: "true", condition }, { id: "b" }];
    expect(find(around(node("n", "condition", { data: { branches } }), yes))).toEqual([
      "error branch_without_edge /nodes/n/data/branches/1",
    ]);
  });

  test("of type condition decide something", () => {
    const n = node("n", "condition");
    expect(find(around(n))).toEqual(["error condition_missing /nodes/n/data/condition"]);
    const edges = [
      edge("n", "e", { data: { condition: { var: "answers.s" } } }),
      edge("n", "e", { id: "rest" }),
    ];
    expect(find(around(n, { edges }))).toEqual([]);
  });

  test("have options and branches that can be told apart", () => {
    const fallback = (type: string, data: object): string[] =>
      find(around(node("n", type, { data: data as { [key: string]: never } })));
    expect(fallback("choice", {})).toEqual(["error options_missing /nodes/n/data/options"]);
    expect(fallback("choice", { options: [] })).toEqual(["error options_missing /nodes/n/data/options"]);
    expect(fallback("question", { options: [] })).toEqual([]);
    expect(fallback("question", { options: "a, b" })).toEqual([
      "error options_invalid /nodes/n/data/options",
    ]);
    expect(fallback("question", { options: ["a", { label: "b" }, { id: "x", value: "a" }] })).toEqual([
      "error options_invalid /nodes/n/data/options/1",
      "error option_duplicate /nodes/n/data/options/2",
    ]);
    expect(fallback("condition", { branches: {}, condition: true })).toEqual([
      "error branches_invalid /nodes/n/data/branches",
    ]);
    expect(fallback("condition", { branches: [{}, { id: "a" }, { id: "a" }] })).toEqual([
      "error branches_invalid /nodes/n/data/branches/0",
      "error branch_duplicate /nodes/n/data/branches/2",
    ]);
  });

  test("have something to say when they speak", () => {
    for (const type of ["message", "question"]) {
      expect(find(around(node("n", type, { data: { prompt: " " } })))).toEqual([
        "warning prompt_empty /nodes/n/data/prompt",
      ]);
    }
    expect(find(around(node("n", "action", { data: { prompt: "" } })))).toEqual([]);
  });

  test("name declared variables only", () => {
    const data = { variable: "toString", config: { lines: ["{{ghost.x}}"] }, condition: { var: "ghost" } };
    expect(find(around(node("n", "question", { data })))).toEqual([
      "error condition_unknown_variable /nodes/n/data/condition/var",
      "error template_unknown_variable /nodes/n/data/config/lines/0",
      "error variable_not_declared /nodes/n/data/variable",
    ]);
  });

  test("ask for an enum by its values", () => {
    const ask = (...options: (string | { id: string; value?: string })[]): string[] =>
      find(around(node("n", "question", { data: { variable: "plan", options } }), { variables: [plan] }));
    expect(ask("gold", "silver")).toEqual([]);
    expect(ask({ id: "1", value: "gold" }, { id: "silver" })).toEqual([]);
    expect(ask("gold", "bronze")).toEqual([
      "error option_not_in_enum /nodes/n/data/options/1",
      "warning enum_value_not_offered /nodes/n/data/options",
    ]);
  });
});

describe("variables", () => {
  test("are used by someone", () => {
    const sketch = around(node("n", "message", { data: { prompt: "Hi {{b}}", variable: "c" } }), {
      edges: [
        edge("n", "e", { label: "{{d}}", data: { condition: { missing: ["a"] } } }),
        edge("n", "e", { id: "rest" }),
      ],
      variables: ["a", "b", "c", "d", "never", "constructor"].map((key) => variable(key)),
    });
    expect(find(sketch)).toEqual([
      "warning variable_unused /variables/constructor",
      "warning variable_unused /variables/never",
    ]);
  });
});

describe("what is remembered between edits", () => {
  test("never changes the answer: after any edit it is that of a fresh copy", () => {
    const edit = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom("data", "type", "remove", "edge", "variable", "entry"),
    });
    fc.assert(
      fc.property(arbitraryDocument, fc.array(edit, { maxLength: 12 }), (start, edits) => {
        let document = start;
        for (const { at, kind } of edits) {
          findProblems(document);
          document = produce(document, (draft) => changeSomething(draft, at, kind));
          expect(findProblems(document)).toEqual(findProblems(structuredClone(document)));
        }
      }),
    );
  });

  test("does not depend on the order of the members in the records", () => {
    fc.assert(
      fc.property(arbitraryDocument, (document) => {
        const sorted = toKeyed(toDocument(document));
        const turned = {
          ...sorted,
          nodes: Object.fromEntries(Object.entries(sorted.nodes).toReversed()),
          edges: Object.fromEntries(Object.entries(sorted.edges).toReversed()),
          variables: Object.fromEntries(Object.entries(sorted.variables).toReversed()),
        };
        expect(findProblems(turned)).toEqual(findProblems(sorted));
      }),
    );
  });
});

/** One of a few small edits, some of which leave the graph broken. */
function changeSomething(draft: Draft<KeyedDocument>, at: number, kind: string): void {
  const pick = (record: object): string => Object.keys(record)[at % Object.keys(record).length] ?? "none";
  const nodeId = pick(draft.nodes);
  const picked = draft.nodes[nodeId];
  const isEven = at % 2 === 0;
  if (kind === "entry") draft.entryNodeId = at % 3 === 0 ? null : nodeId;
  if (kind === "variable")
    draft.variables["fresh"] = { ...variable("fresh"), order: at } as Draft<VariableState>;
  if (kind === "edge")
    draft.edges[`e${at}`] = {
      ...edge(nodeId, pick(draft.edges), { id: `e${at}` }),
      order: at,
    } as Draft<EdgeState>;
  if (kind === "remove" && isEven) delete draft.nodes[nodeId];
  if (kind === "remove" && !isEven) delete draft.edges[pick(draft.edges)];
  if (kind === "data" && picked) picked.data = { prompt: "{{fresh}} {{age}}", options: ["a", "b"] };
  if (kind === "type" && picked) picked.type = isEven ? "end" : "question";
}
