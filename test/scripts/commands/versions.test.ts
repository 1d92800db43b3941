import { describe, expect, test } from "vitest";
import { decideBatch, neededVersions } from "../../../src/scripts/decideBatch.ts";
import { toDocument } from "../../../src/scripts/document/document.ts";
import { edge, node } from "../document/documentOf.ts";
import type { Step } from "../support/given.ts";
import { accepted, decide, given, patchOf, reasons, refusal } from "../support/given.ts";

const commit: Step = ["CommitVersion", {}];
const publish = (version: number): Step => ["PublishVersion", { version }];
const rollback = (version: number): Step => ["RollbackToVersion", { version }];
const sound = {
  nodes: [node("a", "start"), node("b", "end")],
  edges: [edge("a", "b")],
  entryNodeId: "a",
};
const drawn = given(["ReplaceGraph", { graphJson: sound }]);
const sealed = accepted(drawn, commit);
const again = accepted(sealed, ["AddNode", { node: node("c", "message") }], commit);

describe("CommitVersion", () => {
  test("seals the draft under the next number", () => {
    expect(patchOf(drawn, commit)).toEqual([
      'add /versions/1 {"toSequence":3,"version":1}',
      "replace /latestVersion 1",
      "replace /draftChanged false",
    ]);
    expect(again.state.versions["2"]).toEqual({ version: 2, toSequence: 5 });
  });

  test("is refused when nothing changed, unless that is what the caller wants", () => {
    const nothing = (since: string) => ({
      index: 0,
      code: "nothing_to_commit",
      path: "",
      message: `Nothing changed since ${since}. Edit the script first, or send allowUnchanged.`,
    });
    expect(refusal(given(), commit)).toEqual(nothing("the script was created"));
    expect(refusal(sealed, commit)).toEqual(nothing("version 1"));
    expect(reasons(sealed, ["CommitVersion", { allowUnchanged: false }])).toEqual(["nothing_to_commit"]);
    expect(accepted(sealed, ["CommitVersion", { allowUnchanged: true }]).state.latestVersion).toBe(2);
    expect(reasons(sealed, ["CommitVersion", { changelog: 1 }])).toEqual(["invalid_payload /changelog"]);
  });

  test("takes a changelog of up to 5,000 characters", () => {
    const note = (length: number): Step => ["CommitVersion", { changelog: "x".repeat(length) }];
    expect([0, 5_000].map((length) => reasons(drawn, note(length)))).toEqual([["accepted"], ["accepted"]]);
    expect(refusal(drawn, note(5_001))).toMatchObject({
      path: "/changelog",
      message: "A changelog has at most 5,000 characters.",
    });
  });

  test("finds nothing to commit after details, moves to the same place, and publishing", () => {
    const same: Step = ["MoveNodes", { moves: [{ nodeId: "a", position: { x: 0, y: 0 } }] }];
    const quiet = accepted(sealed, ["UpdateDetails", { name: "x" }], same, publish(1), [
      "SetEntryNode",
      { nodeId: "a" },
    ]);
    expect(reasons(quiet, commit)).toEqual(["nothing_to_commit"]);
  });

  test.each<[string, Step]>([
    ["a node", ["MoveNodes", { moves: [{ nodeId: "a", position: { x: 1, y: 0 } }] }]],
    ["an edge", ["RemoveEdge", { edgeId: "a-b" }]],
    ["a variable", ["DefineVariable", { variable: { key: "age", type: "number" } }]],
    ["the entry node", ["SetEntryNode", { nodeId: null }]],
    ["the viewport", ["ReplaceGraph", { graphJson: { ...sound, viewport: { x: 1, y: 0, zoom: 1 } } }]],
    ["an order", ["ApplyPatch", { patch: [{ op: "replace", path: "/nodes/a/order", value: 9 }] }]],
  ])("finds something after a change of %s", (_, step) => {
    expect(reasons(accepted(sealed, step), commit)).toEqual(["accepted"]);
  });
});

describe("PublishVersion", () => {
  test("makes a sealed version the active one, also an older one", () => {
    const published = accepted(again, publish(2), publish(1));
    expect([published.state.status, published.state.activeVersion]).toEqual(["PUBLISHED", 1]);
    expect(patchOf(published, publish(1))).toEqual([]);
  });

  test("publishes a version that the same batch seals", () => {
    const decision = decide(
      drawn,
      commit,
      ["RemoveEdge", { edgeId: "a-b" }],
      commit,
      rollback(1),
      publish(1),
    );
    expect(decision).toMatchObject({ kind: "accepted", state: { activeVersion: 1, latestVersion: 2 } });
  });

  test("is refused for a version that is not sealed", () => {
    const missing = (message: string) => ({ index: 0, code: "version_not_found", path: "/version", message });
    expect(refusal(drawn, publish(1))).toEqual(missing("There is no sealed version 1. None is sealed yet."));
    expect(refusal(sealed, publish(2))).toEqual(missing("There is no sealed version 2. The latest is 1."));
    expect(reasons(sealed, publish(0))).toEqual(["invalid_payload /version"]);
    expect(reasons(sealed, ["PublishVersion", { version: "1" }])).toEqual(["invalid_payload /version"]);
  });

  test("is refused for a version with errors and lists them", () => {
    const broken = accepted(sealed, ["SetEntryNode", { nodeId: null }], commit);
    const { code, path, message, details } = refusal(broken, publish(2));
    expect([code, path]).toEqual(["version_not_publishable", "/version"]);
    expect(message).toMatch(
      /^Version 2 has \d+ errors\. Correct the draft, commit it, and publish that version\.$/,
    );
    expect(details).toMatchObject({ findings: [{ severity: "error", path: "/entryNodeId" }] });
    expect(reasons(broken, publish(1))).toEqual(["accepted"]);
  });

  test("throws when the shell did not load what neededVersions names", () => {
    const context = { sealedDocument: () => undefined };
    const commands = [{ command: "Scripts.PublishVersion.v1", payload: { version: 1 } }];
    expect(() => decideBatch(sealed, commands, context)).toThrow("neededVersions");
  });
});

describe("UnpublishVersion", () => {
  const published = accepted(again, publish(2));

  test("makes the script a draft without an active version", () => {
    const patch = ["replace /activeVersion null", 'replace /status "DRAFT"'];
    expect(patchOf(published, ["UnpublishVersion", {}])).toEqual(patch);
    expect(patchOf(published, ["UnpublishVersion", { version: 2 }])).toEqual(patch);
  });

  test("is refused when no version is published, or another one", () => {
    expect(refusal(again, ["UnpublishVersion", {}])).toEqual({
      index: 0,
      code: "nothing_published",
      path: "",
      message: "No version is published.",
    });
    expect(reasons(again, ["UnpublishVersion", { version: 2 }])).toEqual(["nothing_published /version"]);
    expect(refusal(published, ["UnpublishVersion", { version: 1 }])).toEqual({
      index: 0,
      code: "version_not_published",
      path: "/version",
      message: "Version 1 is not published, version 2 is. Name that one, or none.",
    });
    expect(reasons(published, ["UnpublishVersion", { version: null }])).toEqual(["invalid_payload /version"]);
  });
});

describe("RollbackToVersion", () => {
  const condition = { "!": [false] };
  const edited = accepted(
    again,
    ["UpdateNode", { nodeId: "a", data: { prompt: "Changed.", hint: "x" } }],
    ["UpdateEdge", { edgeId: "a-b", data: { condition } }],
    ["SetEntryNode", { nodeId: null }],
    ["DefineVariable", { variable: { key: "age", type: "number" } }],
  );

  test("makes the draft what the version was, writing only what differs, and logs the document", () => {
    expect(patchOf(edited, rollback(1)).toSorted()).toEqual([
      "remove /edges/a-b/data/condition",
      "remove /nodes/a/data/hint",
      "remove /nodes/c",
      "remove /variables/age",
      'replace /entryNodeId "a"',
      'replace /nodes/a/data/prompt "Hello."',
    ]);
    const back = accepted(edited, rollback(1));
    expect(toDocument(back.state)).toEqual(sealed.sealed.get(1));
    expect(back.log.at(-1)!.facts).toEqual({ document: sealed.sealed.get(1) });
  });

  test("keeps versions and what is published, and can be sealed", () => {
    const { state } = accepted(edited, publish(1), rollback(2), commit);
    expect([state.latestVersion, state.activeVersion, Object.keys(state.versions)]).toEqual([
      3,
      1,
      ["1", "2", "3"],
    ]);
  });

  test("to what the draft already is writes nothing", () => {
    expect(patchOf(sealed, rollback(1))).toEqual([]);
    expect(accepted(sealed, rollback(1)).state.draftChanged).toBe(false);
  });

  test("brings back what was removed, in its place", () => {
    const emptied = accepted(again, [
      "ReplaceGraph",
      { graphJson: { nodes: [node("c", "message")], edges: [] } },
    ]);
    expect(toDocument(accepted(emptied, rollback(2)).state)).toEqual(again.sealed.get(2));
  });

  test("is refused for a version that is not sealed", () => {
    expect(reasons(sealed, rollback(2))).toEqual(["version_not_found /version"]);
    expect(reasons(sealed, ["RollbackToVersion", {}])).toEqual(["invalid_payload /version"]);
  });
});

test("neededVersions names what publishing and rolling back will ask for, once each", () => {
  const commands = [
    { command: "Scripts.PublishVersion.v1", payload: { version: 3 } },
    { command: "Scripts.RollbackToVersion.v1", payload: { version: 1 } },
    { command: "Scripts.RollbackToVersion.v1", payload: { version: 3 } },
    { command: "Scripts.UnpublishVersion.v1", payload: { version: 7 } },
    { command: "Scripts.PublishVersion.v1", payload: { version: "8" } },
    { command: "Scripts.PublishVersion.v1", payload: { version: 0 } },
    { command: "Scripts.PublishVersion.v1", payload: { version: -1 } },
    { command: "Scripts.PublishVersion.v1", payload: null },
    { command: "nonsense", payload: { version: 9 } },
  ];
  expect(neededVersions(commands)).toEqual([3, 1]);
});
