import { describe, expect, test } from "vitest";
import { jsonBytes } from "../../../src/scripts/document/checkJson.ts";
import { patchDocument } from "../../../src/scripts/commands/patchDocument.ts";
import type { ClientPatch } from "../../../src/scripts/commands/patchSchema.ts";
import { documentOf, node } from "../document/documentOf.ts";
import { accepted, given, reasons, refusal, type Step } from "../support/given.ts";

/** Node a has a list of eleven and a member that is null. */
const data = { list: "abcdefghijk".split(""), none: null };
const stream = given(["AddNode", { node: node("a", "message", { data }) }]);
const apply = (...patch: readonly object[]): Step => ["ApplyPatch", { patch }];
const LIST = "/nodes/a/data/list";

describe("a place in a list", () => {
  test("is any index it has, also one of two digits", () => {
    const { state } = accepted(stream, apply({ op: "replace", path: `${LIST}/10`, value: "last" }));
    expect(state.nodes["a"]!.data["list"]).toEqual([
      "a",
      "b",
      "c",
      "d",
      "e",
      "f",
      "g",
      "h",
      "i",
      "j",
      "last",
    ]);
  });

  test("behind the last one, or -, is there for nothing but an addition", () => {
    for (const place of ["11", "-"]) {
      const path = `${LIST}/${place}`;
      const { state } = accepted(stream, apply({ op: "add", path, value: "l" }));
      expect(state.nodes["a"]!.data["list"]).toEqual("abcdefghijkl".split(""));
      for (const operation of [
        { op: "replace", path, value: "l" },
        { op: "remove", path },
        { op: "test", path, value: null },
        { op: "move", from: path, path: `${LIST}/0` },
        { op: "copy", from: path, path: `${LIST}/0` },
      ])
        expect(reasons(stream, apply(operation))).toEqual(["patch_path_not_found /patch/0"]);
    }
  });

  test.each(["1a", "x", "01", "1234567890"])("is not %s, to go to or to come from", (token) => {
    const at = `${LIST}/${token}`;
    for (const operation of [
      { op: "add", path: at, value: 1 },
      { op: "copy", from: at, path: `${LIST}/0` },
      { op: "move", from: at, path: `${LIST}/0` },
    ])
      expect(reasons(stream, apply(operation))).toEqual(["patch_path_invalid /patch/0"]);
  });

  test("too far behind the end is refused in one line", () => {
    const { message } = refusal(stream, apply({ op: "add", path: `${LIST}/99`, value: 1 }));
    expect(message).not.toContain("\n");
  });
});

test("there is no way through null", () => {
  expect(reasons(stream, apply({ op: "add", path: "/nodes/a/data/none/x", value: 1 }))).toEqual([
    "patch_path_not_found /patch/0",
  ]);
});

test.each(["nodes/a", "x/nodes/a", "/nodes/a~", ""])('"%s" is no pointer', (path) => {
  expect(reasons(stream, apply({ op: "remove", path }))[0]).toBe("invalid_payload /patch/0/path");
});

test("an operation that needs a value says so", () => {
  const { message } = refusal(stream, apply({ op: "add", path: "/nodes/a/data/x" }));
  expect(message).toBe("A value is required; null is one.");
});

test("a patch that is too long, or has a pointer that is, is refused with words", () => {
  const remove = (path: string) => ({ op: "remove", path });
  expect(reasons(stream, apply(remove(`/nodes/${"x".repeat(2_000)}`)))).toEqual([
    "invalid_payload /patch/0/path",
  ]);
  const many = Array.from({ length: 1_001 }, () => remove("/nodes/a"));
  expect(reasons(stream, apply(...many))).toEqual(["invalid_payload /patch"]);
});

test("something that is no entity is refused beside a new one, which gets its order", () => {
  const patch = [
    { op: "add", path: "/nodes/b", value: null },
    { op: "add", path: "/nodes/c", value: node("c", "end") },
  ];
  expect(reasons(stream, apply(...patch))).toEqual(["invalid_document /patch/0"]);
});

describe("the limit of what copies may copy", () => {
  const document = documentOf({ nodes: [node("a", "message")] });
  const bytes = jsonBytes(document.nodes["a"]!.data);
  const copies = (count: number): ClientPatch =>
    Array.from({ length: count }, (_, index) => ({
      op: "copy",
      from: "/nodes/a/data",
      path: `/nodes/a/copy${index}`,
    }));

  test("may be reached, by all of them together, and not passed", () => {
    expect(patchDocument(document, copies(2), 2 * bytes).kind).toBe("patched");
    expect(patchDocument(document, copies(2), 2 * bytes - 1)).toMatchObject({
      kind: "failed",
      index: 1,
      code: "patch_too_large",
    });
  });

  test("is not for what is moved", () => {
    const move: ClientPatch = [{ op: "move", from: "/nodes/a/data", path: "/nodes/a/moved" }];
    expect(patchDocument(document, move, 0).kind).toBe("patched");
  });
});
