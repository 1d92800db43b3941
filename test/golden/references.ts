import type { NamedCommand } from "./everyCommand.ts";

const at = (x: number, y: number): { readonly x: number; readonly y: number } => ({ x, y });

/** Renames through every kind of place that can name a variable, and edges that lead on past a removed node. */
export const REFERENCES: readonly NamedCommand[] = [
  ["CreateScript.v1", { name: "References", slug: "references" }],
  ["DefineVariable.v1", { variable: { key: "amount", type: "number", required: true } }],
  ["DefineVariable.v1", { variable: { key: "items", type: "json", required: false, defaultVal: [] } }],
  ["DefineVariable.v1", { variable: { key: "name", type: "string", required: false } }],
  [
    "AddNode.v1",
    {
      node: {
        id: "a/b~c",
        type: "start",
        position: at(0, 0),
        data: { prompt: "{{name}} and {{ name }}, {{other}}" },
      },
    },
  ],
  [
    "AddNode.v1",
    {
      node: {
        id: "check",
        type: "condition",
        position: at(1, 0),
        data: { condition: { missing: ["amount", "name"] } },
      },
    },
  ],
  [
    "AddNode.v1",
    {
      node: {
        id: "fork",
        type: "condition",
        position: at(2, 0),
        data: {
          branches: [
            { id: "many", condition: { some: [{ var: "items" }, { ">": [{ var: "price" }, 5] }] } },
            { id: "few", condition: { missing_some: [1, ["items", "amount"]] } },
            { id: "none" },
            "no branch",
          ],
        },
      },
    },
  ],
  [
    "AddNode.v1",
    {
      node: {
        id: "ask",
        type: "question",
        position: at(3, 0),
        data: {
          variable: "name",
          prompt: "How much?",
          config: { hints: ["Up to {{amount}}", { deep: "{{name}}" }, 1, null], keep: true },
        },
      },
    },
  ],
  [
    "AddNode.v1",
    { node: { id: "pass", type: "message", position: at(4, 0), data: { prompt: "Passing by." } } },
  ],
  ["AddNode.v1", { node: { id: "pass-2", type: "message", position: at(4, 1), data: {} } }],
  ["AddNode.v1", { node: { id: "end", type: "end", position: at(5, 0), data: {} } }],
  ["AddEdge.v1", { edge: { id: "e1", source: "a/b~c", target: "check", label: "for {{amount}}" } }],
  ["AddEdge.v1", { edge: { id: "e2", source: "check", target: "pass" } }],
  ["AddEdge.v1", { edge: { id: "e3", source: "pass", target: "end" } }],
  [
    "AddEdge.v1",
    {
      edge: {
        id: "e4",
        source: "ask",
        target: "pass-2",
        data: { condition: { "==": [{ var: "answers.ask" }, "yes"] } },
      },
    },
  ],
  [
    "AddEdge.v1",
    {
      edge: {
        id: "e5",
        source: "pass-2",
        target: "end",
        data: { condition: { if: [{ "<": [1, { var: ["amount", 0] }, 9] }, true, false] } },
      },
    },
  ],
  ["AddEdge.v1", { edge: { id: "e6", source: "end", target: "pass-2", data: { condition: null } } }],
  ["RenameVariable.v1", { key: "name", newKey: "customer" }],
  ["RenameVariable.v1", { key: "amount", newKey: "sum" }],
  ["RenameVariable.v1", { key: "items", newKey: "basket" }],
  ["UpdateEdge.v1", { edgeId: "e1", label: "on {{sum}}" }],
  [
    "ApplyPatch.v1",
    {
      patch: [
        { op: "add", path: "/nodes/a~1b~0c/data/x~1y", value: { "~": 1 } },
        { op: "add", path: "/edges/new", value: { id: "new", source: "a/b~c", target: "end", data: {} } },
        { op: "replace", path: "/variables/customer/required", value: true },
      ],
    },
  ],
  // No condition on either side, one on the second, and one on both.
  ["RemoveNode.v1", { nodeId: "pass", edges: "bridge" }],
  ["RemoveNode.v1", { nodeId: "pass-2", edges: "bridge" }],
  [
    "UpdateNode.v1",
    {
      nodeId: "fork",
      data: { branches: [{ id: "one", condition: { in: [{ var: "customer" }, ["a", "b"]] } }] },
    },
  ],
  ["RenameVariable.v1", { key: "customer", newKey: "caller" }],
  ["CommitVersion.v1", {}],
  [
    "ReplaceGraph.v1",
    {
      graphJson: {
        nodes: [
          { id: "end", type: "end", position: at(5, 0), data: {} },
          { id: "group", type: "group", position: at(0, 0), data: {} },
          { id: "inside", type: "message", parentId: "group", position: at(1, 1), data: {} },
          { id: "a/b~c", type: "start", position: at(0, 0), data: { prompt: "{{caller}}" } },
        ],
        edges: [{ id: "e1", source: "a/b~c", target: "end" }],
        entryNodeId: "a/b~c",
      },
    },
  ],
  ["RollbackToVersion.v1", { version: 1 }],
];
