import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { readSampleScript, sampleCommands } from "../../src/main/sampleScript.ts";
import { decideBatch } from "../../src/scripts/decideBatch.ts";
import { toDocument } from "../../src/scripts/document/document.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { findProblems } from "../../src/scripts/findProblems.ts";
import type { ScriptState } from "../../src/scripts/state.ts";

const script = readSampleScript();

function build(): ScriptState {
  const context = { sealedDocument: () => undefined };
  const decision = decideBatch({ state: EMPTY_STATE, sequence: 0 }, sampleCommands(), context);
  if (decision.kind === "refused") throw new Error(JSON.stringify(decision.refusals, null, 2));
  return decision.state;
}

describe("the sample script", () => {
  test("is built by its commands exactly as it stands in its file, but for the pan and zoom of the editor", () => {
    const { details, viewport: _, ...state } = build();
    const { graphJson, variablesDef } = toDocument({ ...state, viewport: script.graphJson.viewport });
    expect(canonicalJson({ details, graphJson, variablesDef })).toBe(canonicalJson(script));
  });

  test("gives its author nothing to look at", () => {
    expect(findProblems(build())).toEqual([]);
  });

  test("shows every built-in node type, every variable type, branches, options and conditions", () => {
    const { nodes, edges } = script.graphJson;
    const builtIn = ["start", "message", "question", "choice", "condition", "action", "end"];
    expect(new Set(nodes.map(({ type }) => type))).toEqual(new Set([...builtIn, "group"]));
    expect(new Set(script.variablesDef.map(({ type }) => type))).toEqual(
      new Set(["string", "number", "boolean", "enum", "date", "json"]),
    );
    expect(nodes.length).toBeGreaterThanOrEqual(28);
    expect(nodes.filter(({ type }) => type === "end").length).toBeGreaterThan(2);
    expect(edges.filter(({ data }) => data["condition"] !== undefined).length).toBeGreaterThan(2);
  });

  test("has no two nodes at one place", () => {
    const places = script.graphJson.nodes.map(({ parentId, position }) =>
      canonicalJson([parentId ?? null, position]),
    );
    expect(new Set(places).size).toBe(places.length);
  });
});
