import { expect, test } from "vitest";
import { enablePatches, produceWithPatches } from "immer";
import { applyPatch } from "../../src/scripts/applyPatch.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import type { ScriptState } from "../../src/scripts/state.ts";
import { toJsonPatch } from "../../src/scripts/toJsonPatch.ts";
import { node } from "./document/documentOf.ts";

enablePatches();

const data = { list: [{ rows: [1, 2, 3] }, { rows: [] }], "a/b~c": 1 };
const state: ScriptState = { ...EMPTY_STATE, nodes: { "n/1": { ...node("n/1", "x", { data }), order: 0 } } };

test("edits inside of lists become one replacement of the outermost list, there and back", () => {
  const [after, patches, inversePatches] = produceWithPatches(state, (draft) => {
    const list = draft.nodes["n/1"]!.data["list"] as { rows: number[] }[];
    list[0]!.rows.shift();
    list[1]!.rows.push(4);
    list.push({ rows: [5] });
  });
  const patch = toJsonPatch(patches, after);
  const value = [{ rows: [2, 3] }, { rows: [4] }, { rows: [5] }];
  expect(patch).toEqual([{ op: "replace", path: "/nodes/n~11/data/list", value }]);
  expect(applyPatch(state, patch)).toEqual(after);
  expect(applyPatch(after, toJsonPatch(inversePatches, state))).toEqual(state);
});

test("names are escaped, and a member set to undefined is removed", () => {
  const [after, patches] = produceWithPatches(state, (draft) => {
    draft.nodes["n/1"]!.data["a/b~c"] = 2;
    Object.assign(draft.nodes["n/1"]!.data, { prompt: undefined });
  });
  expect(toJsonPatch(patches, after)).toEqual([
    { op: "replace", path: "/nodes/n~11/data/a~1b~0c", value: 2 },
    { op: "remove", path: "/nodes/n~11/data/prompt" },
  ]);
});
