import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkStructure } from "../../../src/scripts/document/checkStructure.ts";
import { toDocument, toKeyed } from "../../../src/scripts/document/document.ts";
import {
  dataSchema,
  edgeInputSchema,
  entityIdSchema,
  graphInputSchema,
  graphJsonSchema,
  keyedDocumentSchema,
  nodeInputSchema,
  positionSchema,
  variableInputSchema,
  variableKeySchema,
  variablesDefSchema,
} from "../../../src/scripts/document/schemas.ts";
import { arbitraryDocument } from "./arbitraryDocument.ts";

// What reactFlow.toObject() gave for a small flow (React Flow 12), with what its users add to nodes and edges.
const toObject = {
  nodes: [
    {
      id: "1",
      type: "start",
      position: { x: 0, y: -12.5 },
      data: { title: "Start" },
      measured: { width: 150, height: 40 },
      selected: true,
      dragging: false,
      draggable: true,
      sourcePosition: "right",
      style: { background: "#fff" },
      zIndex: 3,
    },
    {
      id: "xy/2",
      position: { x: 10, y: 0 },
      data: {},
      parentId: "1",
      extent: "parent",
      width: 300,
      height: 90.5,
      resizing: false,
    },
  ],
  edges: [
    {
      id: "xy-edge__1-xy/2",
      source: "1",
      target: "xy/2",
      sourceHandle: null,
      targetHandle: null,
      animated: true,
      type: "smoothstep",
      markerEnd: { type: "arrowclosed" },
    },
    {
      id: "e2",
      source: "xy/2",
      target: "1",
      sourceHandle: "",
      targetHandle: "in",
      label: "back",
      data: { priority: 1 },
    },
  ],
  viewport: { x: 1, y: 2, zoom: 0.5 },
};

describe("graphInputSchema", () => {
  test("takes what React Flow's toObject() gives and keeps what belongs to the script", () => {
    expect(graphInputSchema.parse(toObject)).toStrictEqual({
      schemaVersion: 1,
      nodes: [
        { id: "1", type: "start", position: { x: 0, y: -12.5 }, data: { title: "Start" } },
        {
          id: "xy/2",
          type: "default",
          position: { x: 10, y: 0 },
          data: {},
          parentId: "1",
          width: 300,
          height: 90.5,
        },
      ],
      edges: [
        { id: "xy-edge__1-xy/2", source: "1", target: "xy/2", data: {} },
        { id: "e2", source: "xy/2", target: "1", targetHandle: "in", label: "back", data: { priority: 1 } },
      ],
      viewport: { x: 1, y: 2, zoom: 0.5 },
      entryNodeId: null,
    });
  });

  test("takes an empty graph", () => {
    expect(graphInputSchema.parse({ nodes: [], edges: [] })).toStrictEqual({
      schemaVersion: 1,
      nodes: [],
      edges: [],
      viewport: { x: 0, y: 0, zoom: 1 },
      entryNodeId: null,
    });
  });

  test("refuses members that it does not know, other schema versions and nodes without a place", () => {
    expect(issues(graphInputSchema.safeParse({ nodes: [], edges: [], entryNode: "1" }))).toEqual([
      'Unrecognized key: "entryNode" at ',
    ]);
    expect(issues(graphInputSchema.safeParse({ schemaVersion: 2, nodes: [], edges: [] }))[0]).toMatch(
      /schemaVersion$/,
    );
    const nodes = [
      { id: "a", data: {} },
      { id: "b", position: { x: Number.NaN, y: 0 }, data: {} },
    ];
    expect(
      issues(graphInputSchema.safeParse({ nodes, edges: [] })).map((issue) => issue.split(" at ")[1]),
    ).toEqual(["nodes.0.position", "nodes.1.position.x"]);
  });

  test("takes its own output again unchanged", () => {
    const graph = graphInputSchema.parse(toObject);
    expect(graphInputSchema.parse(graph)).toStrictEqual(graph);
    expect(graphJsonSchema.parse(graph)).toStrictEqual(graph);
  });
});

describe("ids and keys", () => {
  test.each(["1", "constructor", "xy-edge__a-b", "a/b~c", " ", "🙂", "x".repeat(200)])(
    "accepts the id %j",
    (id) => {
      expect(entityIdSchema.safeParse(id).success).toBe(true);
    },
  );

  test.each(["", "__proto__", "a\u0000", "a\nb", "\u007f", "\u0085", "\ud800", "x".repeat(201), 1, null])(
    "refuses the id %j",
    (id) => {
      expect(entityIdSchema.safeParse(id).success).toBe(false);
    },
  );

  test.each(["a", "_", "A9", "constructor", "a".repeat(64)])("accepts the variable key %j", (key) => {
    expect(variableKeySchema.safeParse(key).success).toBe(true);
  });

  test.each(["", "9a", "a-b", "a.b", "ä", "answers", "__proto__", "a".repeat(65), "a\n"])(
    "refuses the variable key %j",
    (key) => {
      expect(variableKeySchema.safeParse(key).success).toBe(false);
    },
  );
});

describe("nodes, edges, variables", () => {
  test("hold JSON that the database can keep, and say which member is not", () => {
    const data = JSON.parse('{"a":{"__proto__":1}}') as unknown;
    expect(issues(dataSchema.safeParse(data))).toEqual([
      'The key "__proto__" is not allowed. Rename it. at a.__proto__',
    ]);
    expect(issues(dataSchema.safeParse({ "a/b": ["\u0000"] }))[0]).toMatch(/ at a\/b\.0$/);
    expect(issues(dataSchema.safeParse([]))).toEqual(["data must be a JSON object. at "]);
    expect(
      issues(nodeInputSchema.safeParse({ id: "n", position: { x: 0, y: 0 }, data: { x: "\udc00" } }))[0],
    ).toMatch(/ at data\.x$/);
    expect(dataSchema.safeParse({ x: "\udc00" }).error?.issues[0]).toMatchObject({
      params: { code: "lone_surrogate" },
    });
  });

  test("take null for absent", () => {
    const node = {
      id: "n",
      type: null,
      position: { x: 0, y: 0, z: 1 },
      data: null,
      parentId: null,
      width: null,
      height: null,
    };
    expect(nodeInputSchema.parse(node)).toStrictEqual({
      id: "n",
      type: "default",
      position: { x: 0, y: 0 },
      data: {},
    });
    const edge = { id: "e", source: "a", target: "b", label: null, data: null };
    expect(edgeInputSchema.parse(edge)).toStrictEqual({ id: "e", source: "a", target: "b", data: {} });
    const variable = {
      key: "v",
      type: "string",
      enumValues: null,
      defaultVal: null,
      label: null,
      description: null,
    };
    expect(variableInputSchema.parse(variable)).toStrictEqual({ key: "v", type: "string", required: false });
  });

  test("keep an empty label, and the empty enumValues of an enum only", () => {
    expect(edgeInputSchema.parse({ id: "e", source: "a", target: "b", label: "" })).toHaveProperty(
      "label",
      "",
    );
    expect(variableInputSchema.parse({ key: "v", type: "date", enumValues: [] })).not.toHaveProperty(
      "enumValues",
    );
    expect(variableInputSchema.parse({ key: "v", type: "enum", enumValues: [] })).toHaveProperty(
      "enumValues",
      [],
    );
  });

  test("lie on the canvas", () => {
    for (const x of [Number.POSITIVE_INFINITY, Number.NaN, 1e9, "1", null]) {
      expect(positionSchema.safeParse({ x, y: 0 }).success).toBe(false);
    }
  });

  test("refuse unknown members of a variable", () => {
    expect(issues(variableInputSchema.safeParse({ key: "v", type: "string", default: 1 }))).toEqual([
      'Unrecognized key: "default" at ',
    ]);
  });
});

describe("every document", () => {
  test("comes out in the exact shapes, and goes in again as it came out", () => {
    fc.assert(
      fc.property(arbitraryDocument, (keyed) => {
        const { graphJson, variablesDef } = toDocument(keyed);
        expect(graphJsonSchema.parse(graphJson)).toEqual(graphJson);
        expect(variablesDefSchema.parse(variablesDef)).toEqual(variablesDef);
        expect(graphInputSchema.parse(graphJson)).toEqual(graphJson);
      }),
    );
  });

  test("keyed by id is taken with and without order", () => {
    fc.assert(
      fc.property(arbitraryDocument, (keyed) => {
        expect(keyedDocumentSchema.parse(keyed)).toEqual(keyed);
      }),
    );
    const bare = {
      nodes: {},
      edges: {},
      variables: { v: { key: "v", type: "json", required: true } },
      viewport: toObject.viewport,
      entryNodeId: null,
    };
    expect(keyedDocumentSchema.parse(bare)).toStrictEqual(bare);
  });

  test("keyed by id loses nothing silently", () => {
    const bare = {
      nodes: {},
      edges: {},
      variables: {},
      viewport: { x: 0, y: 0, zoom: 1 },
      entryNodeId: null,
    };
    const hidden = JSON.parse('{"__proto__":{"id":"__proto__"}}') as unknown;
    expect(issues(keyedDocumentSchema.safeParse({ ...bare, nodes: hidden }))[0]).toMatch(
      / at nodes\.__proto__$/,
    );
    const node = { id: "n", type: "end", position: { x: 0, y: 0 }, data: {}, selected: true };
    expect(issues(keyedDocumentSchema.safeParse({ ...bare, nodes: { n: node } }))).toEqual([
      'Unrecognized key: "selected" at nodes.n',
    ]);
  });

  test("from React Flow is sound when its edges are", () => {
    const graphJson = graphInputSchema.parse(toObject);
    expect(checkStructure(toKeyed({ graphJson, variablesDef: [] }))).toEqual([]);
  });
});

function issues(result: {
  readonly error?: { readonly issues: readonly { message: string; path: PropertyKey[] }[] } | undefined;
}): string[] {
  return (result.error?.issues ?? []).map(
    ({ message, path }) => `${message} at ${path.map(String).join(".")}`,
  );
}
