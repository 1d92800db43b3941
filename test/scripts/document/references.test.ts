import * as fc from "fast-check";
import { enablePatches, produce, produceWithPatches } from "immer";
import { describe, expect, test } from "vitest";
import type { KeyedDocument } from "../../../src/scripts/document/document.ts";
import { renameVariableReferences, variableReferences } from "../../../src/scripts/document/references.ts";
import { renameInText, templateVariables } from "../../../src/scripts/document/templates.ts";
import { arbitraryDocument } from "./arbitraryDocument.ts";
import { documentOf, edge, node } from "./documentOf.ts";

enablePatches();

const named = documentOf({
  nodes: [
    node("q/1", "question", {
      data: { prompt: "Hi {{ name }}!", variable: "name", config: { deep: [{ t: "{{name.first}}" }] } },
    }),
    node("c", "condition", {
      data: {
        condition: { "!": { var: "name" } },
        branches: [{ id: "a", condition: { "==": [{ var: "name.x" }, 1] } }, { id: "b" }, 7],
      },
    }),
    node("other", "message", { data: { prompt: "{{names}} name {name}", variable: "names" } }),
  ],
  edges: [
    edge("q/1", "c", { id: "e1", label: "if {{name}}", data: { condition: { missing: ["age", "name"] } } }),
    edge("c", "other", { id: "e2", label: "name", data: { condition: { var: "answers.name" } } }),
  ],
});

describe("templates", () => {
  test("are a key or a member of it in double braces", () => {
    expect(
      templateVariables("{{a}} {{ b.c }} {{a}} {{answers.n}} {{#if x}} {{1}} {{}} {{ a b }} {d}"),
    ).toEqual(["a", "b"]);
  });

  test("keep their white space and members when renamed", () => {
    expect(renameInText("{{ a }}{{a.b}} {{aa}} a", "a", "b")).toBe("{{ b }}{{b.b}} {{aa}} a");
    expect(renameInText("{{a}}", "a", "$&")).toBe("{{$&}}");
  });

  test("are found in linear time in hostile text", () => {
    const started = performance.now();
    templateVariables("{{".repeat(100_000));
    templateVariables(`{{${" ".repeat(100_000)}`.repeat(2));
    templateVariables(`{{a${".a".repeat(100_000)}`);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe("variableReferences", () => {
  test("points at every condition, template and data.variable that names the variable", () => {
    expect(variableReferences(named, "name")).toEqual([
      "/edges/e1/data/condition/missing/1",
      "/edges/e1/label",
      "/nodes/c/data/branches/0/condition/==/0/var",
      "/nodes/c/data/condition/!/var",
      "/nodes/q~11/data/config/deep/0/t",
      "/nodes/q~11/data/prompt",
      "/nodes/q~11/data/variable",
    ]);
    expect(variableReferences(named, "toString")).toEqual([]);
  });
});

describe("renameVariableReferences", () => {
  test("leaves no reference to the old name and touches no entity that had none", () => {
    const after = renamed(named, "name", "customer");
    expect(variableReferences(after, "name")).toEqual([]);
    expect(variableReferences(after, "customer")).toHaveLength(7);
    expect(after.nodes["q/1"]?.data).toEqual({
      prompt: "Hi {{ customer }}!",
      variable: "customer",
      config: { deep: [{ t: "{{customer.first}}" }] },
    });
    expect(after.nodes["other"]).toBe(named.nodes["other"]);
    expect(after.edges["e2"]).toBe(named.edges["e2"]);
  });

  test("writes only the members that change, lists whole", () => {
    const [, patches] = produceWithPatches(named, (draft) =>
      renameVariableReferences(draft, "name", "customer"),
    );
    expect(patches.map(({ op, path }) => `${op} /${path.join("/")}`).toSorted()).toEqual([
      "replace /edges/e1/data/condition/missing",
      "replace /edges/e1/label",
      "replace /nodes/c/data/branches",
      "replace /nodes/c/data/condition/!/var",
      "replace /nodes/q/1/data/config/deep",
      "replace /nodes/q/1/data/prompt",
      "replace /nodes/q/1/data/variable",
    ]);
  });

  test("does the same to a private copy, in place, as to an immer draft", () => {
    fc.assert(
      fc.property(arbitraryDocument, (document) => {
        const copy = structuredClone(document);
        renameVariableReferences(copy as Parameters<typeof renameVariableReferences>[0], "age", "fresh");
        expect(copy).toEqual(renamed(document, "age", "fresh"));
        expect(variableReferences(copy, "age")).toEqual([]);
      }),
    );
  });

  test("is undone by renaming back when the new name was not in use", () => {
    fc.assert(
      fc.property(arbitraryDocument, fc.constantFrom("age", "name", "constructor"), (document, key) => {
        expect(renamed(renamed(document, key, "fresh"), "fresh", key)).toEqual(document);
      }),
    );
  });
});

function renamed(document: KeyedDocument, from: string, to: string): KeyedDocument {
  return produce(document, (draft) => renameVariableReferences(draft, from, to));
}
