import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { advance } from "../../src/runs/advance.ts";
import { answer } from "../../src/runs/answer.ts";
import { finish } from "../../src/runs/finish.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import { setVariables } from "../../src/runs/setVariables.ts";
import type { VariableInput } from "../../src/runs/setVariables.ts";
import { startRun } from "../../src/runs/startRun.ts";
import { readTypedValue, toTypedValue } from "../../src/runs/typedValue.ts";
import { LIMITS } from "../../src/scripts/document/limits.ts";
import { node, variable } from "../scripts/document/documentOf.ts";
import { refusals, scriptOf, started } from "./support/given.ts";

const script = scriptOf({
  nodes: [node("s", "start")],
  variables: [
    variable("name", { required: true }),
    variable("nick"),
    variable("age", { type: "number", defaultVal: 18 }),
    variable("vip", { type: "boolean" }),
    variable("plan", { type: "enum", enumValues: ["gold", "silver"], required: true }),
    variable("day", { type: "date" }),
    variable("extra", { type: "json" }),
  ],
});
const free = scriptOf({ nodes: [node("s", "start")] });

const start = (variables: { [key: string]: Json }, document = script): string[] =>
  refusals(startRun(document, { variables, correlationId: "c_1" }));
const set = (...inputs: VariableInput[]): string[] => refusals(setVariables(script, started(script), inputs));

describe("a run starts", () => {
  test("at the entry, with the defaults and what was given, and has done nothing yet", () => {
    const input = { variables: { name: "Ada", age: 41 }, correlationId: "c_1" };
    expect(startRun(script, input)).toEqual({
      kind: "started",
      state: {
        status: "RUNNING",
        currentNodeId: "s",
        settled: false,
        waitingFor: null,
        variables: { name: "Ada", age: 41 },
        answers: {},
        correlationId: "c_1",
        steps: 0,
        dispatches: 0,
        outcome: null,
        failure: null,
      },
      log: [{ kind: "started", nodeId: "s", variables: { name: "Ada", age: 41 } }],
    });
    expect(started(script).variables).toEqual({ age: 18 });
  });

  test("without a default that was taken away", () => {
    expect(started(script, { age: null }).variables).toEqual({});
  });

  test("not without an entry", () => {
    expect(start({}, scriptOf({ nodes: [node("s", "start")], entryNodeId: null }))).toEqual([
      "entry_missing ",
    ]);
    expect(start({}, scriptOf({ entryNodeId: "gone" }))).toEqual(["entry_node_not_found "]);
  });

  test("nowhere, when that will do: it takes variables and is finished, but is not advanced", () => {
    const nowhere = scriptOf({ entryNodeId: null });
    const outcome = startRun(nowhere, { variables: { a: 1 }, correlationId: "c_1", mayStandNowhere: true });
    if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.problems));
    const { state } = outcome;
    expect([state.currentNodeId, state.variables]).toEqual(["", { a: 1 }]);
    expect(refusals(advance(nowhere, state))).toEqual(["entry_missing "]);
    expect(refusals(answer(nowhere, state, { nodeId: "", value: 1 }))).toEqual(["node_not_found /nodeId"]);
    expect(finish(state, "SUCCEEDED")).toMatchObject({ kind: "finished" });
    expect(
      refusals(
        startRun(scriptOf({ entryNodeId: "gone" }), {
          variables: {},
          correlationId: "c_1",
          mayStandNowhere: true,
        }),
      ),
    ).toEqual(["entry_node_not_found "]);
  });

  test("not with values that do not fit, of which all are named", () => {
    expect(start({ age: "41", plan: "tin", zip: 1, name: " " })).toEqual([
      "variable_type_mismatch /variables/age",
      "variable_not_in_enum /variables/plan",
      "variable_not_declared /variables/zip",
      "variable_required /variables/name",
    ]);
  });
});

describe("setVariables", () => {
  test("sets by key, all at once, and tells what changed", () => {
    const before = started(script, { nick: "A" });
    const outcome = setVariables(script, before, [
      { key: "name", strVal: "Ada" },
      { key: "age", numVal: 41.5, strVal: null },
      { key: "vip", boolVal: false },
      { key: "plan", strVal: "gold" },
      { key: "day", strVal: "2028-02-29T09:00:00Z" },
      { key: "extra", jsonVal: [1, { a: null }] },
      { key: "nick", jsonVal: null },
    ]);
    const changed = {
      name: "Ada",
      age: 41.5,
      vip: false,
      plan: "gold",
      day: "2028-02-29T09:00:00Z",
      extra: [1, { a: null }],
      nick: null,
    };
    const { nick: _, ...variables } = changed;
    expect(outcome).toEqual({
      kind: "accepted",
      state: { ...before, variables },
      changed,
      log: [{ kind: "variables_set", variables: changed }],
    });
  });

  test.each<[string, VariableInput, string]>([
    ["no value", { key: "age" }, "value_missing /0"],
    ["only empty members", { key: "age", strVal: null, numVal: null }, "value_missing /0"],
    ["two values", { key: "age", numVal: 1, strVal: "1" }, "value_ambiguous /0"],
    ["a member of the wrong type", { key: "age", numVal: "1" as never }, "value_type_mismatch /0/numVal"],
    ["a text for a number", { key: "age", strVal: "1" }, "variable_type_mismatch /0/strVal"],
    ["a number for a text", { key: "name", numVal: 1 }, "variable_type_mismatch /0/numVal"],
    ["a number that is none", { key: "age", numVal: Number.NaN }, "variable_type_mismatch /0/numVal"],
    ["a text for a boolean", { key: "vip", strVal: "true" }, "variable_type_mismatch /0/strVal"],
    ["an unknown enum value", { key: "plan", strVal: "tin" }, "variable_not_in_enum /0/strVal"],
    ["a day that does not exist", { key: "day", strVal: "2026-02-30" }, "variable_type_mismatch /0/strVal"],
    ["a date in another format", { key: "day", strVal: "30.1.2026" }, "variable_type_mismatch /0/strVal"],
    ["what is not declared", { key: "nam", strVal: "x" }, "variable_not_declared /0/key"],
    ["what only a prototype has", { key: "constructor", strVal: "x" }, "variable_not_declared /0/key"],
    ["nothing for what is required", { key: "name", jsonVal: null }, "variable_required /0/jsonVal"],
    ["white space for what is required", { key: "name", strVal: " \n" }, "variable_required /0/strVal"],
    ["half a surrogate pair", { key: "nick", strVal: "\ud800" }, "lone_surrogate /0/strVal"],
    [
      "a nul character deep inside",
      { key: "extra", jsonVal: { a: ["\u0000"] } },
      "nul_character /0/jsonVal/a/0",
    ],
    ["a large value", { key: "nick", strVal: "x".repeat(70_000) }, "variable_too_large /0/strVal"],
  ])("refuses %s", (_, input, reason) => {
    expect(set(input)).toEqual([reason]);
  });

  test("refuses a key that stands twice, and changes nothing when one of many is refused", () => {
    expect(set({ key: "age", numVal: 1 }, { key: "age", numVal: 2 })).toEqual(["variable_duplicate /1/key"]);
    expect(set({ key: "age", numVal: 1 }, { key: "vip", numVal: 2 })).toEqual([
      "variable_type_mismatch /1/numVal",
    ]);
  });

  test("takes a value by what it is, not by its member", () => {
    expect(set({ key: "age", jsonVal: 5 }, { key: "extra", strVal: "x" })).toEqual([]);
  });

  test("refuses everything once the run is finished", () => {
    const finished = finish(started(script), "CANCELLED");
    if (finished.kind !== "finished") throw new Error(finished.kind);
    expect(refusals(setVariables(script, finished.state, []))).toEqual(["run_finished "]);
    expect(refusals(finish(finished.state, "SUCCEEDED"))).toEqual(["run_finished "]);
  });

  test("takes any variable of a script that declares none, but no reserved or malformed key", () => {
    const state = started(free, { age: "41" });
    expect(state.variables).toEqual({ age: "41" });
    const outcome = setVariables(free, state, [{ key: "zip", numVal: 3000 }]);
    expect(outcome).toMatchObject({ state: { variables: { age: "41", zip: 3000 } } });
    for (const key of ["answers", "__proto__", "1a", "", "a.b"])
      expect(refusals(setVariables(free, state, [{ key, numVal: 1 }]))).toEqual([
        "variable_key_invalid /0/key",
      ]);
  });

  test("keeps a run's variables within bounds", () => {
    const many = Array.from({ length: LIMITS.variables + 1 }, (_, index) => ({
      key: `v${index}`,
      numVal: 1,
    }));
    expect(refusals(setVariables(free, started(free), many))).toEqual(["too_many_variables "]);
    const large = Array.from({ length: 20 }, (_, index) => ({
      key: `v${index}`,
      strVal: "x".repeat(60_000),
    }));
    expect(60_000 * 20).toBeGreaterThan(RUN_LIMITS.variablesBytes);
    expect(refusals(setVariables(free, started(free), large))).toEqual(["variables_too_large "]);
  });
});

describe("a typed value", () => {
  test("is read back as the value that it was made of", () => {
    fc.assert(
      fc.property(fc.jsonValue() as fc.Arbitrary<Json>, (value) => {
        expect(readTypedValue(toTypedValue(value))).toMatchObject({ kind: "value", value });
      }),
    );
  });
});
