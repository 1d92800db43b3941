import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/kernel/canonicalJson.ts";
import { checkEdge } from "../../../src/scripts/document/checkEdge.ts";
import { checkNode, checkParent } from "../../../src/scripts/document/checkNode.ts";
import { checkStructure } from "../../../src/scripts/document/checkStructure.ts";
import { checkVariable } from "../../../src/scripts/document/checkVariable.ts";
import { LIMITS } from "../../../src/scripts/document/limits.ts";
import type { StructureProblem } from "../../../src/scripts/document/structureProblem.ts";
import type { VariableDef } from "../../../src/scripts/storedCommand.ts";
import { expectWords } from "../support/expectWords.ts";
import { arbitraryDocument } from "./arbitraryDocument.ts";
import type { Sketch } from "./documentOf.ts";
import { documentOf, edge, node, variable } from "./documentOf.ts";

const lines = (problems: readonly StructureProblem[]): string[] => {
  expectWords(problems);
  return problems.map(({ code, path }) => `${code} ${path}`);
};
const check = (sketch: Sketch): string[] => lines(checkStructure(documentOf(sketch)));

const options = [{ id: "yes", value: 1 }, { id: "no" }, "maybe", 7];

describe("a whole document", () => {
  test("is sound with every kind of node, integer-like ids and names of Object.prototype", () => {
    const sketch: Sketch = {
      entryNodeId: "1",
      nodes: [
        node("1", "start"),
        node("constructor", "question", { data: { options }, parentId: "g" }),
        node("a/b~c", "condition"),
        node("sw", "condition", {
          data: { branches: [{ id: "x", condition: { var: "age" } }, { id: "rest" }] },
        }),
        node("own", "myWidget"),
        node("ports", "myWidget", { data: { handles: ["out", { id: "err" }] } }),
        node("g", "group"),
        node("toString", "end"),
      ],
      edges: [
        edge("1", "constructor"),
        edge("constructor", "a/b~c", { sourceHandle: "yes" }),
        edge("constructor", "a/b~c", { sourceHandle: "1" }),
        edge("constructor", "sw", { sourceHandle: "maybe" }),
        edge("constructor", "own", { sourceHandle: "7" }),
        edge("constructor", "toString"),
        edge("a/b~c", "toString", { sourceHandle: "true" }),
        edge("sw", "toString", { sourceHandle: "rest" }),
        edge("own", "toString", { sourceHandle: "whatever" }),
        edge("ports", "toString", {
          sourceHandle: "err",
          data: { condition: { var: "age" }, priority: 2.5 },
        }),
      ],
      variables: [variable("age", { type: "number", defaultVal: 1 })],
    };
    expect(checkStructure(documentOf(sketch))).toEqual([]);
  });

  test("may be empty", () => {
    expect(check({})).toEqual([]);
  });

  test("points into the id-keyed document, ids escaped", () => {
    const problems = check({
      entryNodeId: "toString",
      nodes: [node("a/b", "message", { data: { condition: { var: "x" } }, parentId: "valueOf" })],
      edges: [edge("a/b", "constructor", { id: "e~1" })],
      variables: [variable("v", { type: "enum" })],
    });
    expect(problems).toEqual([
      "condition_unknown_variable /nodes/a~1b/data/condition/var",
      "parent_not_found /nodes/a~1b/parentId",
      "node_not_found /edges/e~01/target",
      "enum_values_missing /variables/v/enumValues",
      "entry_node_not_found /entryNodeId",
    ]);
  });

  test("calls every entity by its own id", () => {
    const document = documentOf({ nodes: [node("a", "end")], variables: [variable("v")] });
    const turned = {
      ...document,
      nodes: { b: document.nodes["a"]! },
      variables: { w: document.variables["v"]! },
    };
    expect(lines(checkStructure(turned))).toEqual([
      "id_mismatch /nodes/b/id",
      "id_mismatch /variables/w/key",
    ]);
  });

  test("reports each node of a cycle of parents, and nodes below it not at all", () => {
    const nodes = [
      node("a", "group", { parentId: "b" }),
      node("b", "group", { parentId: "c" }),
      node("c", "group", { parentId: "a" }),
      node("below", "message", { parentId: "a" }),
      node("self", "group", { parentId: "self" }),
    ];
    expect(check({ nodes })).toEqual(
      ["a", "b", "c", "self"].map((id) => `parent_cycle /nodes/${id}/parentId`),
    );
  });

  test("checks a chain of 5,000 parents in linear time", () => {
    const nodes = Array.from({ length: 5_000 }, (_, n) =>
      node(`n${n}`, "group", n > 0 ? { parentId: `n${n - 1}` } : {}),
    );
    const started = performance.now();
    expect(check({ nodes: nodes.toReversed() })).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test("has limits for counts and for all bytes together", () => {
    const nodes = Array.from({ length: LIMITS.nodes + 1 }, (_, n) => node(`n${n}`, "end"));
    const variables = Array.from({ length: LIMITS.variables + 1 }, (_, n) => variable(`v${n}`));
    expect(check({ nodes, variables })).toEqual(["graph_too_large /nodes", "graph_too_large /variables"]);
    const heavy = nodes.slice(0, 70).map((one) => ({ ...one, data: { prompt: "x".repeat(250_000) } }));
    expect(check({ nodes: heavy })).toEqual(["graph_too_large "]);
  });

  test("reports the first hundred problems", () => {
    const edges = Array.from({ length: 500 }, (_, n) => edge("a", `b${n}`));
    expect(check({ nodes: [node("a", "start")], edges })).toHaveLength(LIMITS.problems);
  });

  test("never throws on what the schemas let in, and says where and how for each problem", () => {
    fc.assert(
      fc.property(arbitraryDocument, (document) => {
        for (const { path, message } of checkStructure(document)) {
          expect(path).toMatch(/^\/(nodes|edges|variables|entryNodeId)/);
          expect(message).toMatch(/\.$/);
        }
      }),
    );
  });
});

describe("checkEdge", () => {
  const document = documentOf({
    nodes: [
      node("q", "question", { data: { options } }),
      node("free", "question"),
      node("c", "condition"),
      node("b", "condition", { data: { branches: [{ id: "x" }] } }),
      node("ports", "widget", { data: { handles: [{ id: "out" }] } }),
      ...["start", "message", "action", "end"].map((type) => node(type, type)),
    ],
    variables: [variable("age")],
  });

  test.each([
    ["a missing source", edge("toString", "q"), ["node_not_found /source"]],
    ["a missing target", edge("q", "gone"), ["node_not_found /target"]],
    [
      "an option that is not there",
      edge("q", "c", { sourceHandle: "later" }),
      ["handle_not_found /sourceHandle"],
    ],
    [
      "a handle of a question without options",
      edge("free", "c", { sourceHandle: "a" }),
      ["handle_not_found /sourceHandle"],
    ],
    [
      "a handle beside true and false",
      edge("c", "q", { sourceHandle: "else" }),
      ["handle_not_found /sourceHandle"],
    ],
    [
      "true when there are branches",
      edge("b", "q", { sourceHandle: "true" }),
      ["handle_not_found /sourceHandle"],
    ],
    [
      "a handle that a custom node does not list",
      edge("ports", "q", { sourceHandle: "in" }),
      ["handle_not_found /sourceHandle"],
    ],
    ["a handle of start", edge("start", "q", { sourceHandle: "a" }), ["handle_not_found /sourceHandle"]],
    ["a handle of message", edge("message", "q", { sourceHandle: "a" }), ["handle_not_found /sourceHandle"]],
    ["a handle of action", edge("action", "q", { sourceHandle: "a" }), ["handle_not_found /sourceHandle"]],
    ["a handle of end", edge("end", "q", { sourceHandle: "a" }), ["handle_not_found /sourceHandle"]],
    [
      "a condition in words",
      edge("q", "c", { data: { condition: "age > 1" } }),
      ["condition_invalid /data/condition"],
    ],
    [
      "an undeclared variable",
      edge("q", "c", { data: { condition: { "!": { var: "aeg" } } } }),
      ["condition_unknown_variable /data/condition/!/var"],
    ],
    [
      "a priority in words",
      edge("q", "c", { data: { priority: "high" } }),
      ["priority_invalid /data/priority"],
    ],
    [
      "too many bytes",
      edge("q", "c", { data: { x: "ä".repeat(LIMITS.edgeDataBytes / 2) } }),
      ["data_too_large /data"],
    ],
    ["a NUL character", edge("q", "c", { data: { x: ["\u0000"] } }), ["nul_character /data/x/0"]],
  ])("refuses %s", (_, bad, problems) => {
    expect(lines(checkEdge(document, bad))).toEqual(problems);
  });

  test("names the handles there are", () => {
    const [problem] = checkEdge(document, edge("q", "c", { sourceHandle: "later" }));
    expect(problem?.message).toBe(
      'Node "q" (question) has no handle "later". Use "yes", "1", "no", "maybe", "7", or leave it out.',
    );
  });
});

describe("checkNode", () => {
  const document = documentOf({
    nodes: [node("a", "group"), node("b", "group", { parentId: "a" }), node("c", "group", { parentId: "b" })],
  });
  const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)]);

  test.each<[string, ReturnType<typeof node>, string[]]>([
    ["a missing parent", node("n", "message", { parentId: "constructor" }), ["parent_not_found /parentId"]],
    ["a parent that stands inside it", node("a", "group", { parentId: "c" }), ["parent_cycle /parentId"]],
    ["itself as parent before it exists", node("n", "group", { parentId: "n" }), ["parent_cycle /parentId"]],
    [
      "bad conditions of its own and of its branches",
      node("n", "condition", { data: { condition: 1, branches: [{ id: "x", condition: { "==": [1] } }] } }),
      ["condition_invalid /data/condition", "condition_invalid /data/branches/0/condition/=="],
    ],
    [
      "data of 21 levels",
      node("n", "x", { data: { v: nested(20) } }),
      [`data_too_deep /data/v${"/0".repeat(19)}`],
    ],
    ["data over 256 KiB", node("n", "x", { data: { v: "€".repeat(90_000) } }), ["data_too_large /data"]],
  ])("refuses %s", (_, bad, problems) => {
    expect(lines(checkNode(document, bad))).toEqual(problems);
  });

  test("accepts data of 20 levels and a move to another parent", () => {
    expect(checkNode(document, node("n", "x", { data: { v: nested(19) } }))).toEqual([]);
    expect(checkParent(document, "c", "a")).toEqual([]);
  });
});

describe("checkVariable", () => {
  test.each<[Partial<VariableDef>, string[]]>([
    [{ type: "string", defaultVal: "" }, []],
    [{ type: "string", defaultVal: 1 }, ["default_type_mismatch /defaultVal"]],
    [{ type: "number", defaultVal: -0.5 }, []],
    [{ type: "number", defaultVal: "1" }, ["default_type_mismatch /defaultVal"]],
    [{ type: "number", defaultVal: Number.NaN }, ["default_type_mismatch /defaultVal"]],
    [{ type: "boolean", defaultVal: false }, []],
    [{ type: "boolean", defaultVal: 0 }, ["default_type_mismatch /defaultVal"]],
    [{ type: "date", defaultVal: "2024-02-29" }, []],
    [{ type: "date", defaultVal: "2026-01-31T09:00:00.5+02:00" }, []],
    [{ type: "date", defaultVal: "2026-02-29" }, ["default_type_mismatch /defaultVal"]],
    [{ type: "date", defaultVal: "2026-01-31T24:00" }, ["default_type_mismatch /defaultVal"]],
    [{ type: "date", defaultVal: "next week" }, ["default_type_mismatch /defaultVal"]],
    [{ type: "json", defaultVal: { a: [null] } }, []],
    [{ type: "json", defaultVal: { a: "\ud800" } }, ["lone_surrogate /defaultVal/a"]],
    [{ type: "json", defaultVal: "x".repeat(LIMITS.defaultBytes) }, ["default_too_large /defaultVal"]],
    [{ type: "enum", enumValues: ["a", "b"], defaultVal: "b" }, []],
    [{ type: "enum" }, ["enum_values_missing /enumValues"]],
    [{ type: "enum", enumValues: [] }, ["enum_values_missing /enumValues"]],
    [{ type: "enum", enumValues: ["a"], defaultVal: "c" }, ["default_not_in_enum /defaultVal"]],
    [{ type: "enum", enumValues: ["a"], defaultVal: 1 }, ["default_type_mismatch /defaultVal"]],
    [
      { type: "enum", enumValues: ["a", "b", "a", "a"] },
      ["enum_value_duplicate /enumValues/2", "enum_value_duplicate /enumValues/3"],
    ],
    [{ type: "string", enumValues: ["a"] }, ["enum_values_unexpected /enumValues"]],
  ])("of %j finds %j", (more, problems) => {
    expect(lines(checkVariable(variable("v", more)))).toEqual(problems);
  });
});
