import { expect, test } from "vitest";
import { hashJson } from "../../src/kernel/sha256.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import {
  fromSnapshot,
  snapshotMatches,
  stateHash as stateHashOf,
  toSnapshot,
} from "../../src/scripts/snapshot.ts";
import { edge, node, variable } from "./document/documentOf.ts";
import { given } from "./support/given.ts";

const { state } = given(
  ["AddNode", { node: node("b", "start") }],
  ["AddNode", { node: node("10", "end") }],
  ["RemoveNode", { nodeId: "b" }],
  ["AddNode", { node: node("9", "group") }],
  ["UpdateNode", { nodeId: "10", parentId: "9" }],
  ["AddEdge", { edge: edge("9", "10") }],
  ["DefineVariable", { variable: variable("age") }],
  ["CommitVersion", {}],
);

test("a snapshot holds the document as clients see it and the rest beside it", () => {
  const { graphJson, variablesDef, streamJson, graphHash, stateHash } = toSnapshot(state);
  expect(graphJson).toEqual({
    schemaVersion: 1,
    nodes: [node("9", "group"), node("10", "end", { parentId: "9" })],
    edges: [edge("9", "10")],
    viewport: { x: 0, y: 0, zoom: 1 },
    entryNodeId: null,
  });
  expect(variablesDef).toEqual([variable("age")]);
  expect(streamJson).toEqual({
    details: state.details,
    status: "DRAFT",
    versions: { 1: { version: 1, toSequence: 9 } },
    latestVersion: 1,
    activeVersion: null,
    draftChanged: false,
    nodeOrders: [2, 1],
    edgeOrders: [0],
    variableOrders: [0],
  });
  expect(graphHash).toBe(hashJson({ graphJson, variablesDef }));
  expect(stateHash).toBe(hashJson({ graphHash, streamJson }));
  expect(stateHashOf(state)).toBe(stateHash);
});

test("a state comes back from its snapshot, the empty one too", () => {
  expect(fromSnapshot(toSnapshot(state))).toEqual(state);
  expect(fromSnapshot(toSnapshot(EMPTY_STATE))).toEqual(EMPTY_STATE);
});

test("a snapshot that was changed does not match its hashes", () => {
  const snapshot = toSnapshot(state);
  const changed = { ...snapshot, streamJson: { ...snapshot.streamJson, latestVersion: 2 } };
  expect([snapshotMatches(snapshot), snapshotMatches(changed)]).toEqual([true, false]);
  expect(snapshotMatches({ ...snapshot, graphHash: "0".repeat(64) })).toBe(false);
});

test("a snapshot with orders that do not fit its lists is not read", () => {
  const { streamJson, ...snapshot } = toSnapshot(state);
  const read = (orders: object) => () =>
    fromSnapshot({ ...snapshot, streamJson: { ...streamJson, ...orders } });
  expect(read({ nodeOrders: [1] })).toThrow("streamJson.nodeOrders has 1 entries, the list has 2");
  expect(read({ edgeOrders: [] })).toThrow("streamJson.edgeOrders has 0 entries, the list has 1");
  expect(read({ variableOrders: [0, 1] })).toThrow("streamJson.variableOrders has 2 entries, the list has 1");
});
