import { expect, test } from "vitest";
import { advanceByOne } from "../../src/guidance/advanceByOne.ts";
import { mapOneVersion } from "../../src/guidance/mapOneVersion.ts";
import type { RunState } from "../../src/runs/runState.ts";
import { makeData, trapped } from "./support/legacyData.ts";

const at = (currentNodeId: string, variables: RunState["variables"] = {}): RunState => ({
  status: "RUNNING",
  currentNodeId,
  settled: false,
  waitingFor: null,
  variables,
  answers: {},
  correlationId: "r1",
  steps: 0,
  dispatches: 0,
  outcome: null,
  failure: null,
});

/** n0 start, n1 message, n2 question, n3 choice, n4 condition (age > 24: to the end), n5 action, n6 message, end. */
function documentOf() {
  const [script] = makeData({ scripts: 1, trapsEach: 0, versions: 1, nodes: 8, seed: 9 }).scripts;
  const [version] = script!.versions;
  version!.nodes.splice(8);
  return mapOneVersion(version!)!.document;
}

test("goes one node at a time, past questions that nobody answered", () => {
  const document = documentOf();
  const way: string[] = [];
  let state = at(document.graphJson.entryNodeId!, { age: 20 });
  for (
    let step = advanceByOne(document, state);
    step.kind === "moved";
    step = advanceByOne(document, state)
  ) {
    ({ state } = step);
    way.push(step.node.id);
  }
  expect(way).toEqual(document.graphJson.nodes.slice(1, -1).map(({ id }) => id));
  expect(advanceByOne(document, state)).toMatchObject({ kind: "ended", state: { status: "SUCCEEDED" } });
});

test("takes the edge whose condition holds before the one without", () => {
  const document = documentOf();
  expect(advanceByOne(document, at("n4", { age: 90 }))).toMatchObject({ node: { id: "n7" } });
  expect(advanceByOne(document, at("n4", { age: 1 }))).toMatchObject({ node: { id: "n5" } });
});

test("ends where nothing leads on, waits nowhere, and says so of a finished run", () => {
  const document = documentOf();
  const [version] = trapped("dead_end").scripts[0]!.versions;
  const dead = mapOneVersion(version!)!;
  const ended = advanceByOne(dead.document, at("dead"));
  // Of the node that was added the legacy answers know nothing.
  expect(ended).toMatchObject({ kind: "ended", state: { status: "SUCCEEDED", currentNodeId: "dead" } });
  expect(dead.document.graphJson.nodes.at(-1)!.id).toBe("guidance-end");
  expect(Object.hasOwn(dead.facts.nodes, "guidance-end")).toBe(false);
  expect(advanceByOne(document, at("never-was"))).toEqual({ kind: "nowhere" });
  expect(advanceByOne(document, { ...at("n1"), status: "SUCCEEDED" })).toEqual({ kind: "finished_already" });
});
