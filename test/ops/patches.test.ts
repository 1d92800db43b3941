import { describe, expect, test } from "vitest";
import { patchTree } from "../../src/ops/log/patchTree.ts";
import { walkPatches } from "../../src/ops/verify/walkPatches.ts";
import { applyPatch } from "../../src/scripts/applyPatch.ts";
import { cloneJson } from "../../src/scripts/cloneJson.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import type { ScriptState } from "../../src/scripts/state.ts";
import type { PatchOperation } from "../../src/scripts/storedCommand.ts";
import { readGoldenLogs } from "../golden/goldenLog.ts";
import { deepFreeze } from "../scripts/support/deepFreeze.ts";

describe("patches of recorded logs", () => {
  test.each(readGoldenLogs())(
    "$name: lead where the library says, without changing what they start from",
    ({ rows }) => {
      let state: ScriptState = EMPTY_STATE;
      for (const { sequence, patch, inversePatch } of rows) {
        deepFreeze(state);
        const next = applyPatch(state, patch);
        expect(patchTree(state, patch), `patch ${sequence}`).toEqual(next);
        expect(patchTree(next, inversePatch), `inverse patch ${sequence}`).toEqual(state);
        state = next;
      }
      const patches = rows.map(({ patch }) => patch);
      deepFreeze(patches);
      expect(walkPatches(cloneJson(EMPTY_STATE), patches)).toEqual(state);
      const inverses = rows.map(({ inversePatch }) => inversePatch).toReversed();
      expect(walkPatches(cloneJson(state), inverses)).toEqual(EMPTY_STATE);
    },
  );
});

describe("a patch that does not apply", () => {
  const state = { nodes: { a: { data: { list: [1] } } } } as unknown as ScriptState;

  test.each<[string, PatchOperation]>([
    ["replaces what is not there", { op: "replace", path: "/nodes/b", value: 1 }],
    ["removes what is not there", { op: "remove", path: "/nodes/a/data/title" }],
    ["adds below what is not there", { op: "add", path: "/nodes/b/data", value: 1 }],
    ["goes below a text or number", { op: "add", path: "/nodes/a/data/list/0/x", value: 1 }],
  ])("%s", (_, operation) => {
    expect(patchTree(state, [operation])).toBeUndefined();
    expect(walkPatches(cloneJson(state), [[operation]])).toBeUndefined();
  });

  test("into a list is left to the library", () => {
    const operation: PatchOperation = { op: "replace", path: "/nodes/a/data/list/0", value: 2 };
    expect(patchTree(state, [operation])).toBeUndefined();
    expect(walkPatches(cloneJson(state), [[operation]])).toEqual({ nodes: { a: { data: { list: [2] } } } });
  });
});
