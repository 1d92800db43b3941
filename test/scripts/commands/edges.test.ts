import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/scripts/document/limits.ts";
import { edge, node } from "../document/documentOf.ts";
import type { Step } from "../support/given.ts";
import { accepted, given, patchOf, reasons } from "../support/given.ts";

const addNode = (id: string, type = "message", data = {}): Step => [
  "AddNode",
  { node: node(id, type, { data }) },
];
const nodes = [addNode("a"), addNode("b"), addNode("q", "question", { options: ["yes", "no"] })];
const age: Step = ["DefineVariable", { variable: { key: "age", type: "number" } }];
const adult = { ">=": [{ var: "age" }, 18] };
const joined = given(...nodes, age, [
  "AddEdge",
  { edge: edge("a", "b", { label: "on", data: { priority: 1 } }) },
]);

describe("AddEdge", () => {
  test("puts the edge behind all others, without what belongs to an editor", () => {
    const sent = { ...edge("q", "a", { sourceHandle: "yes" }), animated: true, selected: true, data: null };
    expect(patchOf(joined, ["AddEdge", { edge: sent }])).toEqual([
      'add /edges/q:yes-a {"data":{},"id":"q:yes-a","order":1,"source":"q","sourceHandle":"yes","target":"a"}',
    ]);
  });

  test("lets a node lead to itself, and two edges join the same nodes", () => {
    const more = accepted(
      joined,
      ["AddEdge", { edge: edge("a", "a") }],
      ["AddEdge", { edge: { ...edge("a", "b"), id: "2" } }],
    );
    expect(Object.values(more.state.edges).map(({ id, order }) => [id, order])).toEqual([
      ["2", 2],
      ["a-b", 0],
      ["a-a", 1],
    ]);
  });

  test.each<[string, object, string]>([
    ["an id that is taken", { id: "a-b" }, "edge_exists /edge/id"],
    ["no id", { id: undefined }, "invalid_payload /edge/id"],
    ["a source that is not there", { source: "x" }, "node_not_found /edge/source"],
    ["a target that every object seems to have", { target: "valueOf" }, "node_not_found /edge/target"],
    [
      "a handle that its node does not have",
      { source: "q", sourceHandle: "maybe" },
      "handle_not_found /edge/sourceHandle",
    ],
    ["a priority that is no number", { data: { priority: "high" } }, "priority_invalid /edge/data/priority"],
    ["a condition that is none", { data: { condition: "always" } }, "condition_invalid /edge/data/condition"],
    [
      "a condition on a variable that is not declared",
      { data: { condition: { "!": [{ var: "plan" }] } } },
      "condition_unknown_variable /edge/data/condition/!/0/var",
    ],
    ["more data than fits", { data: { x: "x".repeat(LIMITS.edgeDataBytes) } }, "data_too_large /edge/data"],
    ["a label that is too long", { label: "x".repeat(501) }, "invalid_payload /edge/label"],
  ])("is refused with %s", (_, change, reason) => {
    expect(reasons(joined, ["AddEdge", { edge: { ...edge("b", "a"), ...change } }])).toEqual([reason]);
  });

  test("is refused when there are 10,000 edges", () => {
    const edges = Array.from({ length: LIMITS.edges }, (_, index) => ({
      ...edge("a", "b"),
      id: `e${index}`,
    }));
    const full = given(["ReplaceGraph", { graphJson: { nodes: [node("a", "x"), node("b", "x")], edges } }]);
    expect(reasons(full, ["AddEdge", { edge: edge("b", "a") }])).toEqual(["graph_too_large /edge"]);
  });
});

describe("UpdateEdge", () => {
  test("merges data and changes the label", () => {
    const change = { edgeId: "a-b", label: "off", data: { priority: null, condition: adult } };
    expect(patchOf(joined, ["UpdateEdge", change])).toEqual([
      "remove /edges/a-b/data/priority",
      'add /edges/a-b/data/condition {">=":[{"var":"age"},18]}',
      'replace /edges/a-b/label "off"',
    ]);
    expect(patchOf(joined, ["UpdateEdge", { edgeId: "a-b", label: null }])).toEqual([
      "remove /edges/a-b/label",
    ]);
  });

  test("that changes nothing is accepted and writes nothing", () => {
    const same = { edgeId: "a-b", label: "on", data: { priority: 1, condition: null } };
    expect(patchOf(joined, ["UpdateEdge", same])).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["an edge that is not there", { edgeId: "b-a" }, "edge_not_found /edgeId"],
    ["a condition that is none", { data: { condition: 1 } }, "condition_invalid /data/condition"],
    ["a priority that is no number", { data: { priority: [] } }, "priority_invalid /data/priority"],
    ["its ends", { target: "q" }, "invalid_payload /target"],
    ["a label that is no text", { label: 1 }, "invalid_payload /label"],
  ])("is refused with %s", (_, change, reason) => {
    expect(reasons(joined, ["UpdateEdge", { edgeId: "a-b", ...change }])).toEqual([reason]);
  });
});

describe("ReconnectEdge", () => {
  test("changes what it names and takes away a handle that is null", () => {
    const there: Step = [
      "ReconnectEdge",
      { edgeId: "a-b", source: "q", sourceHandle: "no", targetHandle: "in" },
    ];
    expect(patchOf(joined, there)).toEqual([
      'replace /edges/a-b/source "q"',
      'add /edges/a-b/sourceHandle "no"',
      'add /edges/a-b/targetHandle "in"',
    ]);
    const back: Step = ["ReconnectEdge", { edgeId: "a-b", source: "a", sourceHandle: null }];
    expect(patchOf(accepted(joined, there), back)).toEqual([
      "remove /edges/a-b/sourceHandle",
      'replace /edges/a-b/source "a"',
    ]);
  });

  test("that changes nothing is accepted and writes nothing", () => {
    expect(patchOf(joined, ["ReconnectEdge", { edgeId: "a-b", target: "b", targetHandle: null }])).toEqual(
      [],
    );
  });

  test.each<[string, object, string]>([
    ["an edge that is not there", { edgeId: "b-a" }, "edge_not_found /edgeId"],
    ["a source that is not there", { source: "x" }, "node_not_found /source"],
    ["a target that is not there", { target: "x" }, "node_not_found /target"],
    ["a handle that its node does not have", { sourceHandle: "yes" }, "handle_not_found /sourceHandle"],
    ["no source", { source: null }, "invalid_payload /source"],
  ])("is refused with %s", (_, change, reason) => {
    expect(reasons(joined, ["ReconnectEdge", { edgeId: "a-b", ...change }])).toEqual([reason]);
  });
});

describe("RemoveEdge", () => {
  test("takes the edge out", () => {
    expect(patchOf(joined, ["RemoveEdge", { edgeId: "a-b" }])).toEqual(["remove /edges/a-b"]);
  });

  test("is refused for an edge that is not there", () => {
    expect(reasons(joined, ["RemoveEdge", { edgeId: "constructor" }])).toEqual(["edge_not_found /edgeId"]);
    expect(reasons(joined, ["RemoveEdge", {}])).toEqual(["invalid_payload /edgeId"]);
  });
});
