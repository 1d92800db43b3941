import { describe, expect, test } from "vitest";
import { toDocument } from "../../../src/scripts/document/document.ts";
import type { GraphNode } from "../../../src/scripts/storedCommand.ts";
import { edge, node, variable } from "../document/documentOf.ts";
import type { Step, Stream } from "../support/given.ts";
import { accepted, given, patchOf, reasons, refusal } from "../support/given.ts";

const viewport = { x: 0, y: 0, zoom: 1 };
const abc = [node("a", "start"), node("b", "message"), node("c", "end")];
const graph = (nodes: readonly object[] = abc, more: object = {}) => ({
  nodes,
  edges: [edge("a", "b")],
  ...more,
});
const replace = (graphJson: object, variablesDef?: readonly object[]): Step => [
  "ReplaceGraph",
  { graphJson, ...(variablesDef && { variablesDef }) },
];
const stream = given(replace(graph(), [variable("age")]));
const ordersOf = ({ state }: Stream): string =>
  Object.values(state.nodes)
    .toSorted((x, y) => x.order - y.order)
    .map(({ id, order }) => `${id}${order}`)
    .join(" ");

describe("ReplaceGraph", () => {
  test("makes the draft the given graph, without what belongs to an editor", () => {
    const sent = graph(
      abc.map((sentNode) => ({ ...sentNode, selected: true, measured: { width: 1, height: 2 } })),
      {
        viewport: { x: 1, y: 2, zoom: 3 },
        entryNodeId: "a",
      },
    );
    expect(toDocument(given(replace(sent, [variable("age")])).state)).toEqual({
      graphJson: { schemaVersion: 1, ...graph(), viewport: { x: 1, y: 2, zoom: 3 }, entryNodeId: "a" },
      variablesDef: [variable("age")],
    });
  });

  test("writes only what differs", () => {
    const moved = graph([
      { ...abc[0], position: { x: 9, y: 0 } },
      abc[1]!,
      node("c", "end", { data: { more: [1] } }),
      node("d", "end"),
    ]);
    expect(patchOf(stream, replace(moved, [])).toSorted()).toEqual([
      "add /nodes/c/data/more [1]",
      'add /nodes/d {"data":{"prompt":"Hello."},"id":"d","order":3,"position":{"x":0,"y":0},"type":"end"}',
      "remove /variables/age",
      "replace /nodes/a/position/x 9",
    ]);
  });

  test("with the graph that is there is accepted and writes nothing", () => {
    const sealed = accepted(stream, ["CommitVersion", {}]);
    expect(patchOf(sealed, replace(graph()))).toEqual([]);
    expect(
      patchOf(sealed, replace(toDocument(stream.state).graphJson, toDocument(stream.state).variablesDef)),
    ).toEqual([]);
  });

  test("leaves the variables alone when none are sent, and conditions may name them", () => {
    const condition = { "==": [{ var: "age" }, 1] };
    const step = replace(graph(abc, { edges: [edge("a", "b", { data: { condition } })] }));
    expect(accepted(stream, step).state.variables).toEqual(stream.state.variables);
  });

  test("keeps orders where the list goes on, and renumbers from where it does not up to the next gap", () => {
    const [a, b, c] = abc as [GraphNode, GraphNode, GraphNode];
    const x = node("x", "message");
    const after = (...nodes: GraphNode[]): string =>
      ordersOf(accepted(stream, replace(graph(nodes, { edges: [] }))));
    expect(after(a, b, c, x)).toBe("a0 b1 c2 x3");
    expect(after(a, c)).toBe("a0 c2");
    expect(after(a, x, c)).toBe("a0 x1 c2");
    expect(after(x, a, b, c)).toBe("x0 a1 b2 c3");
    expect(after(c, a, b)).toBe("c2 a3 b4");
  });

  test("gives the list in the order in which it was sent, parents first", () => {
    const late = given(
      ["AddNode", { node: abc[0] }],
      ["AddNode", { node: abc[1] }],
      ["UpdateNode", { nodeId: "a", parentId: "b" }],
    );
    const now = toDocument(late.state).graphJson;
    expect(now.nodes.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(patchOf(late, replace(now))).toEqual([]);
    const free = now.nodes.map((sent) => ({ ...sent, parentId: null }));
    const sent = accepted(late, replace({ ...now, nodes: free }));
    expect(toDocument(sent.state).graphJson.nodes.map(({ id }) => id)).toEqual(["b", "a"]);
  });

  test.each<[string, object, readonly object[] | undefined, string]>([
    ["no nodes", { edges: [] }, [], "invalid_payload /graphJson/nodes"],
    ["a member that nobody knows", graph(abc, { title: "x" }), [], "invalid_payload /graphJson/title"],
    ["a node without a position", graph([{ id: "a" }]), [], "invalid_payload /graphJson/nodes/0/position"],
    ["two nodes of one id", graph([...abc, node("a", "x")]), [], "duplicate_node_id /graphJson/nodes/3/id"],
    [
      "two edges of one id",
      graph(abc, { edges: [edge("a", "b"), edge("a", "b")] }),
      [],
      "duplicate_edge_id /graphJson/edges/1/id",
    ],
    [
      "two variables of one key",
      graph(),
      [variable("x"), variable("x")],
      "duplicate_variable_key /variablesDef/1/key",
    ],
    [
      "an edge to nowhere",
      graph(abc, { edges: [edge("a", "x/y")] }),
      [],
      "node_not_found /graphJson/edges/0/target",
    ],
    [
      "an entry node that is not there",
      graph(abc, { entryNodeId: "x" }),
      [],
      "entry_node_not_found /graphJson/entryNodeId",
    ],
    [
      "a parent that is not there",
      graph([...abc, node("a/b", "x", { parentId: "y" })]),
      [],
      "parent_not_found /graphJson/nodes/3/parentId",
    ],
    [
      "a default that does not fit",
      graph(),
      [variable("x", { type: "number", defaultVal: "1" })],
      "default_type_mismatch /variablesDef/0/defaultVal",
    ],
    [
      "a condition on a variable that goes",
      graph(abc, { edges: [edge("a", "b", { data: { condition: { "!": [{ var: "age" }] } } })] }),
      [],
      "condition_unknown_variable /graphJson/edges/0/data/condition/!/0/var",
    ],
    [
      "another schema version",
      graph(abc, { schemaVersion: 2 }),
      [],
      "invalid_payload /graphJson/schemaVersion",
    ],
  ])("is refused with %s", (_, graphJson, variablesDef, reason) => {
    expect(reasons(stream, replace(graphJson, variablesDef))).toEqual([reason]);
  });

  test("names every parent of a cycle", () => {
    const nodes = [node("a", "x", { parentId: "b" }), node("b", "x", { parentId: "a" })];
    expect(reasons(stream, replace({ nodes, edges: [] }))).toEqual([
      "parent_cycle /graphJson/nodes/0/parentId",
      "parent_cycle /graphJson/nodes/1/parentId",
    ]);
  });
});

describe("ApplyPatch", () => {
  const apply = (...patch: readonly object[]): Step => ["ApplyPatch", { patch }];
  const title = { op: "add", path: "/nodes/a/data/title", value: "A" };
  const list = { op: "add", path: "/nodes/a/data/list", value: [1, 2, 3] };
  const withoutOrder = (id: string): object => ({ id, type: "message", position: { x: 0, y: 0 }, data: {} });

  test("applies every kind of operation in order and writes only what differs", () => {
    const step = apply(
      { op: "test", path: "/nodes/a/type", value: "start" },
      title,
      { op: "copy", from: "/nodes/a/data/title", path: "/nodes/b/data/title" },
      { op: "move", from: "/nodes/b/data/prompt", path: "/nodes/b/data/say" },
      { op: "replace", path: "/viewport", value: { x: 1, y: 1, zoom: 2 } },
      { op: "replace", path: "/entryNodeId", value: "a" },
      { op: "remove", path: "/edges/a-b" },
      { op: "remove", path: "/variables/age" },
    );
    expect(patchOf(stream, step).toSorted()).toEqual([
      'add /nodes/a/data/title "A"',
      'add /nodes/b/data/say "Hello."',
      'add /nodes/b/data/title "A"',
      "remove /edges/a-b",
      "remove /nodes/b/data/prompt",
      "remove /variables/age",
      'replace /entryNodeId "a"',
      'replace /viewport {"x":1,"y":1,"zoom":2}',
    ]);
  });

  test("puts entities without an order behind all others, sorted by id, and takes an order that is sent", () => {
    const step = apply(
      { op: "add", path: "/nodes/z", value: withoutOrder("z") },
      { op: "add", path: "/nodes/1", value: withoutOrder("1") },
      { op: "add", path: "/nodes/m", value: withoutOrder("m") },
      { op: "add", path: "/nodes/y", value: { ...withoutOrder("y"), order: 7 } },
    );
    expect(ordersOf(accepted(stream, step))).toBe("a0 b1 c2 y7 18 m9 z10");
  });

  test("edits a list by index and writes the list whole", () => {
    const listed = accepted(stream, apply(list));
    const step = apply(
      { op: "remove", path: "/nodes/a/data/list/0" },
      { op: "add", path: "/nodes/a/data/list/-", value: 4 },
      { op: "add", path: "/nodes/a/data/list/0", value: 0 },
      { op: "test", path: "/nodes/a/data/list", value: [0, 2, 3, 4] },
    );
    expect(patchOf(listed, step)).toEqual(["replace /nodes/a/data/list [0,2,3,4]"]);
  });

  test("renames a node by a move when the rest of the patch makes it sound", () => {
    const step = apply(
      { op: "move", from: "/nodes/b", path: "/nodes/a~1b" },
      { op: "replace", path: "/nodes/a~1b/id", value: "a/b" },
      { op: "replace", path: "/edges/a-b/target", value: "a/b" },
    );
    expect(ordersOf(accepted(stream, step))).toBe("a0 a/b1 c2");
  });

  test("replaces whole parts, and moves through them do not reach the old state", () => {
    const step = apply(
      { op: "move", from: "/nodes", path: "/viewport" },
      { op: "replace", path: "/viewport/a/data/prompt", value: "Changed." },
      { op: "move", from: "/viewport", path: "/nodes" },
      { op: "add", path: "/viewport", value: viewport },
    );
    expect(patchOf(stream, step)).toEqual(['replace /nodes/a/data/prompt "Changed."']);
  });

  test("does not share what it adds: later operations leave the stored command alone", () => {
    const step = apply(
      { op: "add", path: "/nodes/d", value: withoutOrder("d") },
      { op: "add", path: "/nodes/d/data/title", value: "D" },
      { op: "copy", from: "/nodes/d", path: "/nodes/e" },
      { op: "replace", path: "/nodes/e/id", value: "e" },
    );
    const { log, state } = accepted(stream, step);
    expect(log.at(-1)!.payload).toEqual(step[1]);
    expect([state.nodes["d"]!.id, state.nodes["e"]!.id]).toEqual(["d", "e"]);
  });

  test("that changes nothing is accepted and writes nothing", () => {
    const step = apply(title, { op: "remove", path: "/nodes/a/data/title" });
    expect(patchOf(stream, step)).toEqual([]);
  });

  test("sees members of data that are named as those of every object", () => {
    const step = apply(
      { op: "add", path: "/nodes/a/data/constructor", value: { prototype: 1 } },
      { op: "replace", path: "/nodes/a/data/constructor/prototype", value: { toString: 2 } },
      { op: "remove", path: "/nodes/a/data/constructor/prototype/toString" },
    );
    expect(patchOf(stream, step)).toEqual(['add /nodes/a/data/constructor {"prototype":{}}']);
    expect(({} as { toString: unknown }).toString).toBeTypeOf("function");
  });

  test.each<[string, readonly object[], string]>([
    ["no operation", [], "invalid_payload /patch"],
    ["an operation that is none", [{ op: "set", path: "/nodes/a", value: 1 }], "invalid_payload /patch/0/op"],
    [
      "a place outside of the document",
      [title, { op: "remove", path: "/status" }],
      "invalid_payload /patch/1/path",
    ],
    ["the whole document", [{ op: "replace", path: "", value: {} }], "invalid_payload /patch/0/path"],
    [
      "a pointer that is badly escaped",
      [{ op: "remove", path: "/nodes/a~2" }],
      "invalid_payload /patch/0/path",
    ],
    ["a pointer to a prototype", [{ ...title, path: "/nodes/__proto__/x" }], "invalid_payload /patch/0/path"],
    ["no value", [{ op: "add", path: "/nodes/a/data/x" }], "invalid_payload /patch/0/value"],
    [
      "a value with __proto__",
      [{ ...title, value: JSON.parse('{"__proto__":1}') }],
      "forbidden_key /patch/0/value/__proto__",
    ],
    ["a test that fails", [title, { ...title, op: "test", value: "B" }], "patch_test_failed /patch/1"],
    ["a test of nothing", [{ ...title, op: "test" }], "patch_path_not_found /patch/0"],
    ["a replacement of nothing", [{ ...title, op: "replace" }], "patch_path_not_found /patch/0"],
    [
      "a removal of what every object has",
      [{ op: "remove", path: "/nodes/constructor" }],
      "patch_path_not_found /patch/0",
    ],
    [
      "a way through what every object has",
      [{ ...title, path: "/nodes/constructor/x" }],
      "patch_path_not_found /patch/0",
    ],
    ["a way through a text", [{ ...title, path: "/nodes/a/type/x" }], "patch_path_not_found /patch/0"],
    [
      "a move from nowhere",
      [{ op: "move", from: "/nodes/x", path: "/nodes/y" }],
      "patch_path_not_found /patch/0",
    ],
    [
      "a move into itself",
      [{ op: "move", from: "/nodes/a", path: "/nodes/a/data/x" }],
      "patch_path_invalid /patch/0",
    ],
    [
      "a copy to nowhere",
      [{ op: "copy", from: "/nodes/a", path: "/nodes/x/y" }],
      "patch_path_not_found /patch/0",
    ],
    [
      "an index with a leading zero",
      [list, { op: "remove", path: "/nodes/a/data/list/01" }],
      "patch_path_invalid /patch/1",
    ],
    [
      "the length of a list",
      [list, { ...title, path: "/nodes/a/data/list/length", value: 0 }],
      "patch_path_invalid /patch/1",
    ],
    [
      "a place behind the end of a list",
      [list, { ...title, path: "/nodes/a/data/list/9" }],
      "patch_not_applicable /patch/1",
    ],
    [
      "an entity whose id is another",
      [{ op: "add", path: "/nodes/d", value: withoutOrder("e") }],
      "id_mismatch /patch/0",
    ],
    [
      "an entity with an unknown member",
      [{ op: "add", path: "/nodes/a/colour", value: 1 }],
      "invalid_document /patch/0",
    ],
    [
      "an entity that is none",
      [title, { op: "add", path: "/edges/e", value: 5 }],
      "invalid_document /patch/1",
    ],
    [
      "an order that is none",
      [{ op: "replace", path: "/nodes/a/order", value: 1.5 }],
      "invalid_document /patch/0",
    ],
    ["a document without nodes", [{ op: "remove", path: "/nodes" }], "invalid_document /patch/0"],
    ["an edge that hangs", [title, { op: "remove", path: "/nodes/b" }], "node_not_found /patch"],
    [
      "an entry node that is not there",
      [{ op: "replace", path: "/entryNodeId", value: "x" }],
      "entry_node_not_found /patch/0",
    ],
    ["itself as parent", [{ op: "add", path: "/nodes/a/parentId", value: "a" }], "parent_cycle /patch/0"],
  ])("is refused with %s", (_, patch, reason) => {
    expect(reasons(stream, apply(...patch))[0]).toBe(reason);
  });

  test("is refused when copies of copies would grow without end", () => {
    const copies = Array.from({ length: 60 }, (_, index) => ({
      op: "copy",
      from: "/nodes/a/data",
      path: `/nodes/a/data/copy${index}`,
    }));
    expect(reasons(stream, apply(...copies))).toEqual([
      expect.stringMatching(/^patch_too_large \/patch\/\d+$/),
    ]);
  });

  test("says where in the document the trouble is", () => {
    expect(refusal(stream, apply({ op: "remove", path: "/nodes/b" })).details).toEqual({
      at: "/edges/a-b/target",
    });
  });
});
