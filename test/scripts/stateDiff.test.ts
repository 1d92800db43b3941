import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { replay } from "../../src/scripts/replay.ts";
import type { ScriptState } from "../../src/scripts/state.ts";
import { stateDiff } from "../../src/scripts/stateDiff.ts";
import { touchedIds } from "../../src/scripts/touchedIds.ts";
import { node } from "./document/documentOf.ts";
import { accepted, given } from "./support/given.ts";
import { numRuns, play, playTimeoutMs, randomGame } from "./support/play.ts";

describe("touchedIds", () => {
  test("names entities, details, versions and other members, unescaped, sorted, once each", () => {
    expect(
      touchedIds([
        { op: "replace", path: "/draftChanged", value: true },
        { op: "replace", path: "/nodes/n~1~01/data/title", value: "x" },
        { op: "remove", path: "/nodes/n~1~01/width" },
        { op: "add", path: "/edges/e", value: {} },
        { op: "remove", path: "/variables/age" },
        { op: "replace", path: "/details/labels", value: [] },
        { op: "add", path: "/versions/2", value: {} },
        { op: "replace", path: "/latestVersion", value: 2 },
        { op: "replace", path: "/viewport", value: {} },
        { op: "replace", path: "/entryNodeId", value: null },
      ]),
    ).toEqual([
      "details/labels",
      "edges/e",
      "entryNodeId",
      "latestVersion",
      "nodes/n/~1",
      "variables/age",
      "versions/2",
      "viewport",
    ]);
  });

  test("tells two first edits of different nodes apart", () => {
    const stream = given(
      ["AddNode", { node: node("a", "x") }],
      ["AddNode", { node: node("b", "x") }],
      ["CommitVersion", {}],
    );
    const touched = (nodeId: string) =>
      touchedIds(accepted(stream, ["UpdateNode", { nodeId, data: { title: "x" } }]).log.at(-1)!.patch);
    expect([touched("a"), touched("b")]).toEqual([["nodes/a"], ["nodes/b"]]);
  });
});

describe("stateDiff", () => {
  test("leaves out what was added and removed again", () => {
    const before = given(["AddNode", { node: node("a", "x") }]);
    const after = accepted(
      before,
      ["AddNode", { node: node("b", "x") }],
      ["RemoveNode", { nodeId: "b" }],
      ["UpdateDetails", { name: "New" }],
    );
    const patch = after.log.slice(before.log.length).flatMap((command) => command.patch);
    expect(stateDiff(before.state, after.state, patch)).toEqual({
      added: [],
      updated: ["details/name"],
      removed: [],
      patch,
    });
  });

  test(
    "says what a comparison of both states says, whatever was done between them",
    () => {
      fc.assert(
        fc.property(randomGame, fc.nat(), (game, cutAt) => {
          const { state, log } = play(game);
          const cut = cutAt % (log.length + 1);
          const before = replay(EMPTY_STATE, log.slice(0, cut));
          const patch = log.slice(cut).flatMap((command) => command.patch);
          expect(stateDiff(before, state, patch)).toEqual({ ...compare(flat(before), flat(state)), patch });
        }),
        { numRuns: Math.ceil(numRuns / 4) },
      );
    },
    playTimeoutMs,
  );
});

function flat(state: ScriptState): Map<string, string> {
  const members = new Map<string, string>();
  for (const [name, value] of Object.entries(state)) {
    const isRecord = ["nodes", "edges", "variables", "details", "versions"].includes(name);
    if (isRecord)
      for (const [id, entry] of Object.entries(value)) members.set(`${name}/${id}`, canonicalJson(entry));
    else if (name !== "draftChanged") members.set(name, canonicalJson(value));
  }
  return members;
}

function compare(before: Map<string, string>, after: Map<string, string>) {
  return {
    added: [...after.keys()].filter((id) => !before.has(id)).toSorted(),
    updated: [...after.keys()].filter((id) => before.has(id) && before.get(id) !== after.get(id)).toSorted(),
    removed: [...before.keys()].filter((id) => !after.has(id)).toSorted(),
  };
}
