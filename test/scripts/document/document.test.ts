import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../../src/kernel/canonicalJson.ts";
import { checkDuplicates } from "../../../src/scripts/document/checkDuplicates.ts";
import { toDocument, toKeyed } from "../../../src/scripts/document/document.ts";
import type { KeyedDocument } from "../../../src/scripts/document/document.ts";
import { arbitraryDocument } from "./arbitraryDocument.ts";
import { documentOf, edge, node, variable } from "./documentOf.ts";

describe("toDocument", () => {
  test("sorts by order and not by the record's own order, in which integer-like ids come first", () => {
    const keyed = documentOf({
      nodes: [node("b", "message"), node("10", "message"), node("2", "message"), node("constructor", "end")],
      edges: [edge("b", "10", { id: "7" }), edge("10", "2", { id: "1" })],
      variables: [variable("z"), variable("a")],
    });
    const { graphJson, variablesDef } = toDocument(keyed);
    expect(graphJson.nodes.map(({ id }) => id)).toEqual(["b", "10", "2", "constructor"]);
    expect(graphJson.edges.map(({ id }) => id)).toEqual(["7", "1"]);
    expect(variablesDef.map(({ key }) => key)).toEqual(["z", "a"]);
  });

  test("leaves order numbers out", () => {
    const keyed = documentOf({ nodes: [node("n", "end")], entryNodeId: "n" });
    expect(toDocument(keyed)).toEqual({
      graphJson: {
        schemaVersion: 1,
        nodes: [{ id: "n", type: "end", position: { x: 0, y: 0 }, data: { prompt: "Hello." } }],
        edges: [],
        viewport: { x: 0, y: 0, zoom: 1 },
        entryNodeId: "n",
      },
      variablesDef: [],
    });
  });

  test("puts a parent before its children, because React Flow drops a child that comes first", () => {
    const keyed = documentOf({
      nodes: [
        node("grandchild", "message", { parentId: "child" }),
        node("other", "message"),
        node("child", "group", { parentId: "parent" }),
        node("parent", "group"),
      ],
    });
    expect(toDocument(keyed).graphJson.nodes.map(({ id }) => id)).toEqual([
      "parent",
      "child",
      "grandchild",
      "other",
    ]);
  });

  test("ends on parents in a cycle and on a chain of 5,000", () => {
    const cycle = documentOf({
      nodes: [node("a", "group", { parentId: "b" }), node("b", "group", { parentId: "a" })],
    });
    expect(toDocument(cycle).graphJson.nodes).toHaveLength(2);
    const chain = documentOf({
      nodes: Array.from({ length: 5_000 }, (_, n) =>
        node(`n${n}`, "group", n < 4_999 ? { parentId: `n${n + 1}` } : {}),
      ),
    });
    expect(toDocument(chain).graphJson.nodes[0]?.id).toBe("n4999");
  });
});

describe("toKeyed", () => {
  test("keeps everything of a document but its order numbers", () => {
    fc.assert(
      fc.property(arbitraryDocument, (keyed) => {
        const again = toKeyed(toDocument(keyed));
        expect(canonicalJson(withoutOrders(again))).toBe(canonicalJson(withoutOrders(keyed)));
        expect(toDocument(again)).toEqual(toDocument(keyed));
      }),
    );
  });

  test("gives the same document whatever the order of the record's members", () => {
    fc.assert(
      fc.property(arbitraryDocument, (keyed) => {
        const turned = {
          ...keyed,
          nodes: turn(keyed.nodes),
          edges: turn(keyed.edges),
          variables: turn(keyed.variables),
        };
        expect(toDocument(turned)).toEqual(toDocument(keyed));
      }),
    );
  });
});

describe("checkDuplicates", () => {
  test("points at each entry whose id stands further up", () => {
    const nodes = [node("a", "start"), node("b", "end"), node("a", "end"), node("a", "end")];
    const edges = [edge("a", "b", { id: "constructor" }), edge("a", "b", { id: "constructor" })];
    const found = checkDuplicates({ nodes, edges }, [variable("x"), variable("x")]);
    expect(found.map(({ code, path }) => [code, path])).toEqual([
      ["duplicate_node_id", "/graphJson/nodes/2/id"],
      ["duplicate_node_id", "/graphJson/nodes/3/id"],
      ["duplicate_edge_id", "/graphJson/edges/1/id"],
      ["duplicate_variable_key", "/variablesDef/1/key"],
    ]);
    expect(checkDuplicates({ nodes: [node("toString", "end")], edges: [] }, [])).toEqual([]);
  });
});

function withoutOrders({ nodes, edges, variables, viewport, entryNodeId }: KeyedDocument): unknown {
  const strip = (entities: object): unknown =>
    Object.fromEntries(
      Object.entries(entities).map(([id, entity]) => [id, { ...(entity as object), order: 0 }]),
    );
  return { nodes: strip(nodes), edges: strip(edges), variables: strip(variables), viewport, entryNodeId };
}

function turn<T>(record: { readonly [id: string]: T }): { readonly [id: string]: T } {
  return Object.fromEntries(Object.entries(record).toReversed());
}
