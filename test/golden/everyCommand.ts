import type { Json } from "../../src/kernel/canonicalJson.ts";

/** A command without Scripts., and its payload. */
export type NamedCommand = readonly [name: string, payload: { readonly [key: string]: Json }];

const at = (x: number, y: number): { readonly x: number; readonly y: number } => ({ x, y });

/** The life of one script that uses every command, each with every member that changes what it does. */
export const EVERY_COMMAND: readonly NamedCommand[] = [
  [
    "CreateScript.v1",
    { name: "Every command", slug: "every-command", labels: ["golden"], languageCodes: ["en", "pt-BR"] },
  ],
  [
    "UpdateDetails.v1",
    { name: "Every command there is", description: "Written once, replayed for ever.", intents: ["show"] },
  ],
  [
    "UpdateDetails.v1",
    { slug: "each-command", labels: ["golden", "replay"], embeddingKey: "k1", languageCodes: [] },
  ],
  ["UpdateDetails.v1", { description: null, embeddingKey: null }],

  ["DefineVariable.v1", { variable: { key: "name", type: "string", required: true, label: "Name" } }],
  ["DefineVariable.v1", { variable: { key: "age", type: "number", required: false, defaultVal: 18.5 } }],
  [
    "DefineVariable.v1",
    {
      variable: {
        key: "mood",
        type: "enum",
        required: false,
        enumValues: ["yes", "no"],
        defaultVal: "yes",
      },
    },
  ],
  [
    "DefineVariable.v1",
    { variable: { key: "extra", type: "json", required: false, defaultVal: { list: [1, null, "x"] } } },
  ],
  [
    "DefineVariable.v1",
    { variable: { key: "unused", type: "date", required: false, description: "Goes again." } },
  ],

  [
    "AddNode.v1",
    { node: { id: "start", type: "start", position: at(0, 0), data: { prompt: "Hello {{name}}." } } },
  ],
  [
    "AddNode.v1",
    { node: { id: "group", type: "group", position: at(100, 50), width: 400, height: 300, data: {} } },
  ],
  [
    "AddNode.v1",
    {
      node: {
        id: "ask",
        type: "question",
        position: at(10, 20),
        parentId: "group",
        data: { prompt: "How old are you?", variable: "age", config: { deep: { keep: 1, drop: 2 } } },
      },
    },
  ],
  [
    "AddNode.v1",
    {
      node: {
        id: "choose",
        type: "choice",
        position: at(10, 90),
        parentId: "group",
        data: {
          prompt: "How are you, {{ name }}?",
          variable: "mood",
          options: [
            { id: "yes", label: "Well" },
            { id: "no", label: "Not so" },
          ],
        },
      },
    },
  ],
  [
    "AddNode.v1",
    { node: { id: "1", type: "message", position: at(500, 0.5), data: { prompt: "Number one." } } },
  ],
  [
    "AddNode.v1",
    { node: { id: "constructor", type: "message", position: at(-500, 1e-7), data: { "a/b": "~", "": "" } } },
  ],
  [
    "AddNode.v1",
    {
      node: {
        id: "a/b~c",
        type: "custom-ü",
        position: at(0, 300),
        selected: true,
        dragging: true,
        measured: at(1, 1),
        data: { text: "Grüße, 你好 👋" },
      },
    },
  ],
  ["AddNode.v1", { node: { id: "end", type: "end", position: at(900, 0) } }],

  ["AddEdge.v1", { edge: { id: "e1", source: "start", target: "ask", label: "Go on, {{name}}" } }],
  [
    "AddEdge.v1",
    {
      edge: {
        id: "e2",
        source: "ask",
        target: "choose",
        data: { condition: { ">=": [{ var: "age" }, 18] }, priority: 1 },
      },
    },
  ],
  [
    "AddEdge.v1",
    { edge: { id: "e3", source: "choose", sourceHandle: "yes", target: "1", targetHandle: "in" } },
  ],
  ["AddEdge.v1", { edge: { id: "e4", source: "choose", sourceHandle: "no", target: "constructor" } }],
  [
    "AddEdge.v1",
    {
      edge: {
        id: "e5",
        source: "1",
        target: "end",
        data: { condition: { "==": [{ var: "mood" }, "yes"] } },
      },
    },
  ],
  ["AddEdge.v1", { edge: { id: "e6", source: "constructor", target: "end" } }],
  ["AddEdge.v1", { edge: { id: "e/7~", source: "a/b~c", target: "a/b~c" } }],
  ["SetEntryNode.v1", { nodeId: "start" }],
  ["CommitVersion.v1", { changelog: "First." }],

  [
    "UpdateNode.v1",
    {
      nodeId: "ask",
      data: {
        prompt: "Your age?",
        config: { deep: { drop: null, more: [1, { x: null }] } },
        hint: "In years",
      },
    },
  ],
  ["UpdateNode.v1", { nodeId: "ask", parentId: null, width: 120, height: 40 }],
  ["UpdateNode.v1", { nodeId: "ask", data: { hint: null }, width: null, type: "question" }],
  [
    "UpdateNode.v1",
    {
      nodeId: "a/b~c",
      type: "message",
      data: { text: "constructor", constructor: { prototype: 1 } },
      parentId: "group",
    },
  ],
  [
    "MoveNodes.v1",
    {
      moves: [
        { nodeId: "ask", position: at(120, 80) },
        { nodeId: "1", position: at(501, -0.25) },
      ],
    },
  ],
  // As it was stored before the first release.
  ["MoveNodes.v0", { nodeId: "constructor", position: at(-480, 12) }],
  ["MoveNodes.v0", { nodeId: "choose", position: at(30, 60) }],
  ["DuplicateNode.v1", { nodeId: "choose", newNodeId: "choose-2" }],
  ["DuplicateNode.v1", { nodeId: "constructor", newNodeId: "toString", position: at(7, 7) }],
  ["UpdateEdge.v1", { edgeId: "e1", label: null, data: { priority: 3 } }],
  [
    "UpdateEdge.v1",
    {
      edgeId: "e2",
      label: "adults",
      data: {
        condition: { ">=": null, and: [{ ">": [{ var: "age" }, 17] }, { "!": [{ var: ["extra", null] }] }] },
        priority: null,
      },
    },
  ],
  ["ReconnectEdge.v1", { edgeId: "e3", target: "choose-2", targetHandle: null }],
  ["ReconnectEdge.v1", { edgeId: "e4", targetHandle: "top" }],
  ["ReconnectEdge.v1", { edgeId: "e6", target: "1" }],
  ["ReconnectEdge.v1", { edgeId: "e/7~", source: "toString", sourceHandle: null }],
  ["ReconnectEdge.v1", { edgeId: "e5", source: "1", sourceHandle: null, targetHandle: null }],
  ["AddEdge.v1", { edge: { id: "e10", source: "choose-2", sourceHandle: "no", target: "end" } }],
  [
    "AddEdge.v1",
    {
      edge: {
        id: "e8",
        source: "choose-2",
        sourceHandle: "yes",
        target: "1",
        data: { condition: { "==": [{ var: "mood" }, "yes"] } },
      },
    },
  ],
  ["RemoveEdge.v1", { edgeId: "e/7~" }],

  [
    "UpdateVariable.v1",
    { key: "age", label: "Age", description: "In whole years", defaultVal: 21, required: true },
  ],
  ["UpdateVariable.v1", { key: "extra", type: "string", defaultVal: null }],
  ["UpdateVariable.v1", { key: "mood", enumValues: ["yes", "no", "mixed"], label: null }],
  ["RenameVariable.v1", { key: "name", newKey: "caller" }],
  ["RenameVariable.v1", { key: "age", newKey: "constructor" }],
  ["RenameVariable.v1", { key: "mood", newKey: "mood" }],
  ["RemoveVariable.v1", { key: "unused" }],
  ["CommitVersion.v1", {}],
  ["CommitVersion.v1", { allowUnchanged: true, changelog: "The same once more." }],
  ["PublishVersion.v1", { version: 2 }],
  ["PublishVersion.v1", { version: 3 }],

  // Bridge: two edges come in, one with a condition leads on.
  ["RemoveNode.v1", { nodeId: "1", edges: "bridge" }],
  ["RemoveNode.v1", { nodeId: "toString" }],
  // The children of a group keep their place on the canvas.
  ["RemoveNode.v1", { nodeId: "group", edges: "reject" }],
  ["RemoveNode.v1", { nodeId: "constructor", edges: "cascade" }],
  [
    "ApplyPatch.v1",
    {
      patch: [
        { op: "add", path: "/nodes/ask/data/list", value: [1, 2] },
        { op: "add", path: "/nodes/ask/data/list/0", value: {} },
        { op: "test", path: "/nodes/ask/data/list/1", value: 1 },
      ],
    },
  ],
  [
    "ApplyPatch.v1",
    {
      patch: [
        { op: "copy", from: "/nodes/ask", path: "/nodes/copied" },
        { op: "replace", path: "/nodes/copied/id", value: "copied" },
        { op: "move", from: "/nodes/copied/data/list", path: "/nodes/copied/data/moved" },
      ],
    },
  ],
  [
    "ApplyPatch.v1",
    {
      patch: [
        { op: "replace", path: "/viewport/zoom", value: 1.5 },
        { op: "replace", path: "/nodes/end/order", value: 2 },
        { op: "remove", path: "/nodes/ask/data/list/0" },
        { op: "replace", path: "/entryNodeId", value: "ask" },
      ],
    },
  ],
  ["SetEntryNode.v1", { nodeId: null }],
  ["UnpublishVersion.v1", { version: 3 }],
  ["PublishVersion.v1", { version: 1 }],
  ["ChangeStatus.v1", { status: "ARCHIVED" }],
  ["ChangeStatus.v1", { status: "DRAFT" }],
  ["UnpublishVersion.v1", {}],
  ["ChangeStatus.v1", { status: "ARCHIVED" }],
  ["ChangeStatus.v1", { status: "DRAFT" }],

  [
    "ReplaceGraph.v1",
    {
      graphJson: {
        nodes: [
          { id: "end", type: "end", position: at(900, 10), data: {} },
          {
            id: "ask",
            type: "question",
            position: at(5, 5),
            data: { prompt: "Anything else?", variable: "extra" },
          },
          { id: "new", type: "message", position: at(0, 0), data: { prompt: "New." }, resizing: true },
        ],
        edges: [
          { id: "e9", source: "ask", target: "new" },
          { id: "e2", source: "new", target: "end", label: "adults" },
        ],
        viewport: { x: 1, y: 2, zoom: 0.75 },
        entryNodeId: "ask",
      },
      variablesDef: [
        { key: "extra", type: "string", required: false },
        { key: "caller", type: "string", required: true },
      ],
    },
  ],
  [
    "ReplaceGraph.v1",
    {
      graphJson: {
        nodes: [
          {
            id: "ask",
            type: "question",
            position: at(5, 6),
            data: { prompt: "{{caller}}?", variable: "extra" },
          },
        ],
        edges: [],
        entryNodeId: "ask",
      },
    },
  ],
  ["CommitVersion.v1", { changelog: "Replaced." }],
  ["RollbackToVersion.v1", { version: 1 }],
  ["CommitVersion.v1", {}],
  ["RollbackToVersion.v1", { version: 4 }],
  ["UpdateNode.v1", { nodeId: "ask", data: { prompt: "And then?" } }],
];
