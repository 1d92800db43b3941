import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/scripts/document/limits.ts";
import type { GraphNode } from "../../../src/scripts/storedCommand.ts";
import { edge, node } from "../document/documentOf.ts";
import type { Step } from "../support/given.ts";
import { accepted, given, patchOf, reasons, refusal } from "../support/given.ts";

const addNode = (id: string, type = "message", more: Partial<GraphNode> = {}): Step => [
  "AddNode",
  { node: node(id, type, more) },
];
const addEdge = (source: string, target: string, more = {}): Step => [
  "AddEdge",
  { edge: edge(source, target, more) },
];
const options = [{ id: "yes" }, { id: "no" }];

describe("AddNode", () => {
  test("puts the node behind all others and marks the draft as changed", () => {
    expect(patchOf(given(), addNode("a"))).toEqual([
      'add /nodes/a {"data":{"prompt":"Hello."},"id":"a","order":0,"position":{"x":0,"y":0},"type":"message"}',
      "replace /draftChanged true",
    ]);
    const stream = given(addNode("a"), addNode("b"), ["RemoveNode", { nodeId: "a" }], addNode("c"));
    expect(stream.state.nodes["c"]!.order).toBe(2);
  });

  test("keeps what belongs to a script and drops what belongs to an editor", () => {
    const sent = {
      ...node("a", "x", { width: 10 }),
      selected: true,
      measured: { width: 1 },
      dragging: false,
    };
    expect(given(["AddNode", { node: sent }]).state.nodes["a"]).toEqual({
      ...node("a", "x", { width: 10 }),
      order: 0,
    });
  });

  test("takes ids that are integers, names of Object.prototype, or full of slashes", () => {
    const ids = ["10", "9", "constructor", "toString", "a/b~c", "hasOwnProperty", " "];
    const stream = given(...ids.map((id) => addNode(id)));
    const sorted = Object.values(stream.state.nodes).toSorted((a, b) => a.order - b.order);
    expect(sorted.map(({ id }) => id)).toEqual(ids);
    expect(reasons(stream, addNode("constructor"))).toEqual(["node_exists /node/id"]);
    expect(patchOf(stream, ["RemoveNode", { nodeId: "a/b~c" }])).toEqual(["remove /nodes/a~1b~0c"]);
  });

  test.each<[string, object, string]>([
    ["no id", { id: undefined }, "invalid_payload /node/id"],
    ["an empty id", { id: "" }, "invalid_payload /node/id"],
    ["the id __proto__", { id: "__proto__" }, "invalid_payload /node/id"],
    ["an id that is taken", { id: "a" }, "node_exists /node/id"],
    ["no position", { position: undefined }, "invalid_payload /node/position"],
    ["half a position", { position: { x: 1 } }, "invalid_payload /node/position/y"],
    ["a place that is no number", { position: { x: 1, y: Number.NaN } }, "not_json /node/position/y"],
    ["a parent that is not there", { parentId: "nobody" }, "parent_not_found /node/parentId"],
    ["itself as parent", { parentId: "new" }, "parent_cycle /node/parentId"],
    ["data that is a list", { data: [] }, "invalid_payload /node/data"],
    ["data that is nested too deeply", { data: nest(21) }, "too_deep /node/data" + "/deeper".repeat(20)],
    ["a payload that is nested far too deeply", { data: nest(50) }, "too_deep /node" + tooDeep(50)],
    ["more data than fits", { data: { x: "x".repeat(LIMITS.nodeDataBytes) } }, "data_too_large /node/data"],
    ["NUL in its data", { data: { a: ["\u0000"] } }, "nul_character /node/data/a/0"],
    [
      "a key __proto__ in its data",
      { data: JSON.parse('{"__proto__":1}') },
      "forbidden_key /node/data/__proto__",
    ],
    [
      "a condition that is none",
      { data: { condition: { nope: 1 } } },
      "condition_invalid /node/data/condition/nope",
    ],
    [
      "a condition on a variable that is not declared",
      { data: { condition: { "==": [{ var: "age" }, 1] } } },
      "condition_unknown_variable /node/data/condition/==/0/var",
    ],
  ])("is refused with %s", (_, change, reason) => {
    const step: Step = ["AddNode", { node: { ...node("new", "message"), ...change } }];
    expect(reasons(given(addNode("a")), step)[0]).toBe(reason);
  });

  test("is refused with a member beside the node, and when there are 5,000 nodes", () => {
    expect(reasons(given(), ["AddNode", { node: node("a", "x"), after: "b" }])).toEqual([
      "invalid_payload /after",
    ]);
    const nodes = Array.from({ length: LIMITS.nodes }, (_, index) => node(`n${index}`, "message"));
    const full = given(["ReplaceGraph", { graphJson: { nodes, edges: [] } }]);
    expect(reasons(full, addNode("new"))).toEqual(["graph_too_large /node"]);
    expect(reasons(full, ["DuplicateNode", { nodeId: "n1", newNodeId: "new" }])).toEqual([
      "graph_too_large /newNodeId",
    ]);
  });
});

describe("UpdateNode", () => {
  const data = { title: "A", config: { size: 1, tags: ["x"], deep: { a: 1, b: 2 } } };
  const stream = given(addNode("g", "group"), addNode("a", "widget", { data, width: 5, parentId: "g" }));

  test("merges data member by member and takes away what is null", () => {
    const change = {
      config: { tags: ["y"], deep: { a: null, c: { d: null, e: 1 } } },
      title: null,
      hint: "h",
    };
    expect(patchOf(stream, ["UpdateNode", { nodeId: "a", data: change }])).toEqual([
      "remove /nodes/a/data/config/deep/a",
      'add /nodes/a/data/config/deep/c {"e":1}',
      'replace /nodes/a/data/config/tags ["y"]',
      "remove /nodes/a/data/title",
      'add /nodes/a/data/hint "h"',
    ]);
  });

  test("changes type, size and parent, and takes away what is null", () => {
    const change = { nodeId: "a", type: "other", width: null, height: 7, parentId: null };
    expect(patchOf(stream, ["UpdateNode", change]).toSorted()).toEqual([
      "add /nodes/a/height 7",
      "remove /nodes/a/parentId",
      "remove /nodes/a/width",
      'replace /nodes/a/type "other"',
    ]);
  });

  test("that changes nothing is accepted, writes nothing and does not mark the draft", () => {
    const sealed = accepted(stream, ["CommitVersion", {}]);
    const same = { nodeId: "a", data: { title: "A", nobody: null, config: { tags: ["x"] } }, type: "widget" };
    expect(patchOf(sealed, ["UpdateNode", same])).toEqual([]);
    expect(patchOf(sealed, ["UpdateNode", { nodeId: "a" }])).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["a node that is not there", { nodeId: "b" }, "node_not_found /nodeId"],
    ["a node that every object seems to have", { nodeId: "constructor" }, "node_not_found /nodeId"],
    ["a parent that is not there", { parentId: "b" }, "parent_not_found /parentId"],
    ["its own child as parent", { nodeId: "g", parentId: "a" }, "parent_cycle /parentId"],
    ["a type that is empty", { type: "" }, "invalid_payload /type"],
    ["a type of null", { type: null }, "invalid_payload /type"],
    ["a negative width", { width: -1 }, "invalid_payload /width"],
    ["a position", { position: { x: 1, y: 1 } }, "invalid_payload /position"],
    ["data that is a list", { data: [] }, "invalid_payload /data"],
    ["more data than fits", { data: { x: "x".repeat(LIMITS.nodeDataBytes) } }, "data_too_large /data"],
    ["a condition that is none", { data: { condition: 3 } }, "condition_invalid /data/condition"],
  ])("is refused with %s", (_, change, reason) => {
    expect(reasons(stream, ["UpdateNode", { nodeId: "a", ...change }])).toEqual([reason]);
  });

  test("is refused when an edge leaves by a handle that the node would lose", () => {
    const asked = given(addNode("q", "question", { data: { options } }), addNode("b"), addNode("c"));
    const joined = accepted(
      asked,
      addEdge("q", "b", { sourceHandle: "yes" }),
      addEdge("q", "c", { sourceHandle: "no" }),
    );
    expect(refusal(joined, ["UpdateNode", { nodeId: "q", data: { options: [{ id: "yes" }] } }])).toEqual({
      index: 0,
      code: "handle_in_use",
      path: "/data",
      message: 'Edges leave node "q" by handles that it would lose. Reconnect or remove them first.',
      details: { edges: ["q:no-c"] },
    });
    expect(reasons(joined, ["UpdateNode", { nodeId: "q", type: "message" }])).toEqual([
      "handle_in_use /type",
    ]);
    const more = { options: [...options, { id: "maybe" }] };
    expect(reasons(joined, ["UpdateNode", { nodeId: "q", data: more }])).toEqual(["accepted"]);
  });

  test("is refused when a node that took any handle would take only some", () => {
    const joined = given(addNode("w", "widget"), addNode("b"), addEdge("w", "b", { sourceHandle: "left" }));
    const take = (...handles: string[]): Step => ["UpdateNode", { nodeId: "w", data: { handles } }];
    expect(reasons(joined, take("right"))).toEqual(["handle_in_use /data"]);
    expect(reasons(joined, take("left"))).toEqual(["accepted"]);
  });

  test("may lose a handle that only edges of other nodes use", () => {
    const asked = given(
      ...["q", "other"].map((id) => addNode(id, "question", { data: { options } })),
      addEdge("q", "other", { sourceHandle: "yes" }),
      addEdge("other", "q", { sourceHandle: "no" }),
    );
    expect(reasons(asked, ["UpdateNode", { nodeId: "q", data: { options: [{ id: "yes" }] } }])).toEqual([
      "accepted",
    ]);
  });
});

describe("MoveNodes", () => {
  const stream = given(addNode("a"), addNode("b"));

  test("moves several nodes and writes only coordinates that change", () => {
    const moves = [
      { nodeId: "a", position: { x: 5, y: 0 } },
      { nodeId: "b", position: { x: 1, y: 2 } },
    ];
    expect(patchOf(stream, ["MoveNodes", { moves }]).toSorted()).toEqual([
      "replace /nodes/a/position/x 5",
      "replace /nodes/b/position/x 1",
      "replace /nodes/b/position/y 2",
    ]);
  });

  test("to the same place is accepted and writes nothing", () => {
    expect(patchOf(stream, ["MoveNodes", { moves: [{ nodeId: "a", position: { x: 0, y: 0 } }] }])).toEqual(
      [],
    );
  });

  test.each<[string, readonly object[], string]>([
    ["no move", [], "invalid_payload /moves"],
    ["a node that is not there", [to("a"), to("c")], "node_not_found /moves/1/nodeId"],
    ["the same node twice", [to("a"), to("b"), to("a")], "node_moved_twice /moves/2/nodeId"],
    ["half a position", [{ nodeId: "a", position: { x: 1 } }], "invalid_payload /moves/0/position/y"],
  ])("is refused with %s", (_, moves, reason) => {
    expect(reasons(stream, ["MoveNodes", { moves }])).toEqual([reason]);
  });

  function to(nodeId: string): object {
    return { nodeId, position: { x: 1, y: 1 } };
  }
});

describe("RemoveNode", () => {
  const remove = (nodeId: string, edges?: string): Step => [
    "RemoveNode",
    { nodeId, ...(edges && { edges }) },
  ];
  const line = given(
    addNode("a"),
    addNode("b", "question", { data: { options } }),
    addNode("c"),
    addEdge("a", "b", { label: "in", data: { condition: { "==": [1, 1] }, priority: 2 } }),
    addEdge("b", "c", { sourceHandle: "yes", targetHandle: "left", data: { condition: { "!": [false] } } }),
    addEdge("b", "b", { sourceHandle: "no" }),
  );

  test("takes the node's edges with it unless it is told otherwise", () => {
    const patch = ["remove /edges/a-b", "remove /edges/b:yes-c", "remove /edges/b:no-b", "remove /nodes/b"];
    expect(patchOf(line, remove("b")).toSorted()).toEqual(patch.toSorted());
    expect(patchOf(line, remove("b", "cascade")).toSorted()).toEqual(patch.toSorted());
  });

  test("bridges: incoming edges lead on, both conditions hold, self-loops go", () => {
    const { edges } = accepted(line, remove("b", "bridge")).state;
    const condition = { and: [{ "==": [1, 1] }, { "!": [false] }] };
    expect(edges).toEqual({
      "a-b": {
        id: "a-b",
        source: "a",
        target: "c",
        targetHandle: "left",
        label: "in",
        data: { condition, priority: 2 },
        order: 0,
      },
    });
  });

  test("bridges with the one condition there is, or with none", () => {
    const bridged = (incoming: object, outgoing: object) => {
      const stream = given(addNode("a"), addNode("b"), addNode("c"));
      const joined = accepted(
        stream,
        addEdge("a", "b", { data: incoming, targetHandle: "top" }),
        addEdge("b", "c", { data: outgoing }),
      );
      const { targetHandle, data } = accepted(joined, remove("b", "bridge")).state.edges["a-b"]!;
      return [targetHandle, data];
    };
    expect(bridged({}, { condition: true })).toEqual([undefined, { condition: true }]);
    expect(bridged({ condition: false }, {})).toEqual([undefined, { condition: false }]);
    expect(bridged({ condition: null }, { priority: 1 })).toEqual([undefined, { condition: null }]);
    expect(bridged({ condition: null }, { condition: true })).toEqual([undefined, { condition: true }]);
  });

  test("bridges without an edge that would lead back to its own source", () => {
    const circle = given(addNode("a"), addNode("b"), addEdge("a", "b"), addEdge("b", "a"));
    expect(accepted(circle, remove("b", "bridge")).state.edges).toEqual({});
  });

  test("does not bridge where there is no one way on", () => {
    const fork = accepted(line, addEdge("b", "a", { sourceHandle: "no" }));
    expect(refusal(fork, remove("b", "bridge"))).toEqual({
      index: 0,
      code: "bridge_ambiguous",
      path: "/edges",
      message:
        'Node "b" has 2 outgoing edges, so there is no one way on. Remove all but one, or send edges "cascade".',
      details: { edges: ["b:yes-c", "b:no-a"] },
    });
    expect(refusal(line, remove("c", "bridge"))).toEqual({
      index: 0,
      code: "bridge_without_target",
      path: "/edges",
      message: 'Node "c" has no outgoing edge, so its incoming edges lead nowhere. Send edges "cascade".',
      details: { edges: ["b:yes-c"] },
    });
    expect(reasons(given(addNode("a")), remove("a", "bridge"))).toEqual(["accepted"]);
  });

  test("does not bridge when both conditions together are too large", () => {
    const long = { and: Array.from({ length: 300 }, () => true) };
    const stream = given(
      addNode("a"),
      addNode("b"),
      addNode("c"),
      addEdge("a", "b", { data: { condition: long } }),
      addEdge("b", "c", { data: { condition: long } }),
    );
    expect(reasons(stream, remove("b", "bridge"))).toEqual(["condition_too_large /edges"]);
  });

  test("is refused while it has edges when it is told so", () => {
    expect(refusal(line, remove("c", "reject"))).toEqual({
      index: 0,
      code: "node_has_edges",
      path: "/edges",
      message: 'Node "c" has 1 edges. Remove them first, or send edges "cascade" or "bridge".',
      details: { edges: ["b:yes-c"] },
    });
    expect(reasons(accepted(line, remove("b")), remove("c", "reject"))).toEqual(["accepted"]);
  });

  test("hands children to the node's parent and keeps their place on the canvas", () => {
    const at = (x: number, y: number, parentId?: string) => ({
      position: { x, y },
      ...(parentId && { parentId }),
    });
    const stream = given(
      addNode("outer", "group", at(100, 100)),
      addNode("inner", "group", at(10, 20, "outer")),
      addNode("child", "message", at(1, 2, "inner")),
    );
    const lifted = accepted(stream, remove("inner"));
    expect(lifted.state.nodes["child"]).toMatchObject({ parentId: "outer", position: { x: 11, y: 22 } });
    const free = accepted(lifted, remove("outer")).state.nodes["child"]!;
    expect([Object.hasOwn(free, "parentId"), free.position]).toEqual([false, { x: 111, y: 122 }]);
  });

  test("is refused when a child would fall off the canvas", () => {
    const far = { position: { x: LIMITS.coordinate, y: 0 } };
    const stream = given(addNode("g", "group", far), addNode("a", "message", { ...far, parentId: "g" }));
    expect(refusal(stream, remove("g"))).toEqual({
      index: 0,
      code: "position_out_of_range",
      path: "/nodeId",
      message: 'Child "a" would lie outside of the canvas. Move it closer to node "g" first.',
    });
    const onTheEdge = accepted(stream, ["MoveNodes", { moves: [{ nodeId: "a", position: { x: 0, y: 0 } }] }]);
    expect(reasons(onTheEdge, remove("g"))).toEqual(["accepted"]);
  });

  test("is refused for the entry node, for one that is not there, and with edges it does not know", () => {
    const stream = accepted(line, ["SetEntryNode", { nodeId: "a" }]);
    expect(refusal(stream, remove("a"))).toEqual({
      index: 0,
      code: "node_is_entry",
      path: "/nodeId",
      message: 'Node "a" is the entry node. Make another one the entry node first, or none.',
    });
    expect(reasons(stream, remove("toString"))).toEqual(["node_not_found /nodeId"]);
    expect(reasons(stream, remove("b", "keep"))).toEqual(["invalid_payload /edges"]);
    expect(reasons(accepted(stream, ["SetEntryNode", { nodeId: null }]), remove("a"))).toEqual(["accepted"]);
  });
});

describe("DuplicateNode", () => {
  const original = { data: { a: [1] }, width: 9, parentId: "g", position: { x: 1, y: 2 } };
  const stream = given(
    addNode("g", "group"),
    addNode("a", "widget", original),
    addNode("child", "message", { parentId: "a" }),
    addEdge("a", "g"),
  );

  test("copies the node beside itself, without edges and children", () => {
    const { nodes, edges } = accepted(stream, ["DuplicateNode", { nodeId: "a", newNodeId: "b" }]).state;
    expect(nodes["b"]).toEqual({ ...nodes["a"], id: "b", position: { x: 41, y: 42 }, order: 3 });
    expect([Object.keys(nodes).length, Object.keys(edges).length]).toEqual([4, 1]);
  });

  test("copies the node to a given place", () => {
    const step: Step = ["DuplicateNode", { nodeId: "a", newNodeId: "b", position: { x: 7, y: 8 } }];
    expect(accepted(stream, step).state.nodes["b"]!.position).toEqual({ x: 7, y: 8 });
  });

  test("stays on the canvas", () => {
    const far = given(addNode("a", "message", { position: { x: LIMITS.coordinate, y: 0 } }));
    const { nodes } = accepted(far, ["DuplicateNode", { nodeId: "a", newNodeId: "b" }]).state;
    expect(nodes["b"]!.position).toEqual({ x: LIMITS.coordinate, y: 40 });
  });

  test("is refused for a node that is not there and to an id that is", () => {
    const duplicate = (nodeId: string, newNodeId: string): Step => ["DuplicateNode", { nodeId, newNodeId }];
    expect(reasons(stream, duplicate("x", "b"))).toEqual(["node_not_found /nodeId"]);
    expect(reasons(stream, duplicate("a", "g"))).toEqual(["node_exists /newNodeId"]);
    expect(reasons(stream, duplicate("a", "a"))).toEqual(["node_exists /newNodeId"]);
    expect(reasons(stream, duplicate("a", ""))).toEqual(["invalid_payload /newNodeId"]);
  });
});

describe("SetEntryNode", () => {
  const stream = given(addNode("a"));

  test("names the node where a run starts, or none", () => {
    const patch = ['replace /entryNodeId "a"'];
    expect(patchOf(stream, ["SetEntryNode", { nodeId: "a" }])).toEqual(patch);
    const set = accepted(stream, ["SetEntryNode", { nodeId: "a" }]);
    expect(patchOf(set, ["SetEntryNode", { nodeId: "a" }])).toEqual([]);
    expect(accepted(set, ["SetEntryNode", { nodeId: null }]).state.entryNodeId).toBeNull();
  });

  test("is refused for a node that is not there", () => {
    expect(reasons(stream, ["SetEntryNode", { nodeId: "b" }])).toEqual(["node_not_found /nodeId"]);
    expect(reasons(stream, ["SetEntryNode", {}])).toEqual(["invalid_payload /nodeId"]);
  });
});

/** An object of so many levels. */
function nest(levels: number): object {
  return levels === 1 ? {} : { deeper: nest(levels - 1) };
}

/** Where a payload of { node: { data: nest(levels) } } goes deeper than 40 levels. */
function tooDeep(levels: number): string {
  return `/data${"/deeper".repeat(Math.min(levels, 40) - 2)}`;
}
