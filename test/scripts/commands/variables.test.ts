import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/scripts/document/limits.ts";
import { edge, node, variable } from "../document/documentOf.ts";
import type { Step } from "../support/given.ts";
import { accepted, given, patchOf, reasons, refusal } from "../support/given.ts";

const define = (key: string, more = {}): Step => [
  "DefineVariable",
  { variable: { key, type: "string", ...more } },
];
const plan = { type: "enum", enumValues: ["basic", "pro"], defaultVal: "basic", label: "Plan" };

describe("DefineVariable", () => {
  test("puts the variable behind all others, not required unless it says so", () => {
    const stream = given(define("age"), define("plan", plan), define("constructor", { required: true }));
    expect(stream.state.variables).toEqual({
      age: { key: "age", type: "string", required: false, order: 0 },
      plan: { key: "plan", required: false, ...plan, order: 1 },
      constructor: { key: "constructor", type: "string", required: true, order: 2 },
    });
  });

  test.each<[string, object, string]>([
    ["a key that is taken", { key: "age" }, "variable_exists /variable/key"],
    ["a key that is no name", { key: "first name" }, "invalid_payload /variable/key"],
    ["a reserved key", { key: "answers" }, "invalid_payload /variable/key"],
    ["a type that is none", { type: "text" }, "invalid_payload /variable/type"],
    ["a member that nobody knows", { min: 1 }, "invalid_payload /variable/min"],
    ["an enum without values", { type: "enum" }, "enum_values_missing /variable/enumValues"],
    [
      "a value that stands twice",
      { type: "enum", enumValues: ["a", "a"] },
      "enum_value_duplicate /variable/enumValues/1",
    ],
    ["values that are no enum's", { enumValues: ["a"] }, "enum_values_unexpected /variable/enumValues"],
    [
      "a default of another type",
      { type: "number", defaultVal: "1" },
      "default_type_mismatch /variable/defaultVal",
    ],
    [
      "a default on February 30",
      { type: "date", defaultVal: "2026-02-30" },
      "default_type_mismatch /variable/defaultVal",
    ],
    [
      "a default that is not in the enum",
      { type: "enum", enumValues: ["a"], defaultVal: "b" },
      "default_not_in_enum /variable/defaultVal",
    ],
  ])("is refused with %s", (_, change, reason) => {
    const step: Step = ["DefineVariable", { variable: { key: "new", type: "string", ...change } }];
    expect(reasons(given(define("age")), step)).toEqual([reason]);
  });

  test("is refused when there are 500 variables", () => {
    const variablesDef = Array.from({ length: LIMITS.variables }, (_, index) => variable(`v${index}`));
    const full = given(["ReplaceGraph", { graphJson: { nodes: [], edges: [] }, variablesDef }]);
    expect(reasons(full, define("new"))).toEqual(["graph_too_large /variable"]);
  });
});

describe("UpdateVariable", () => {
  const stream = given(define("plan", { ...plan, description: "What they pay for." }));

  test("changes what it names and takes away what is null", () => {
    const change = {
      key: "plan",
      enumValues: ["pro", "max"],
      defaultVal: null,
      required: true,
      label: "Tier",
    };
    expect(patchOf(stream, ["UpdateVariable", change])).toEqual([
      "remove /variables/plan/defaultVal",
      "replace /variables/plan/required true",
      'replace /variables/plan/label "Tier"',
      'replace /variables/plan/enumValues ["pro","max"]',
    ]);
    const toText = { key: "plan", type: "string", enumValues: null, label: null, description: null };
    expect(patchOf(stream, ["UpdateVariable", toText]).toSorted()).toEqual([
      "remove /variables/plan/description",
      "remove /variables/plan/enumValues",
      "remove /variables/plan/label",
      'replace /variables/plan/type "string"',
    ]);
  });

  test("that changes nothing is accepted and writes nothing", () => {
    expect(patchOf(stream, ["UpdateVariable", { key: "plan", ...plan }])).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["a variable that is not there", { key: "nobody" }, "variable_not_found /key"],
    ["a variable that every object seems to have", { key: "toString" }, "variable_not_found /key"],
    ["a type that its values do not fit", { type: "string" }, "enum_values_unexpected /enumValues"],
    ["values without the default", { enumValues: ["pro"] }, "default_not_in_enum /defaultVal"],
    ["a default of another type", { defaultVal: 7 }, "default_type_mismatch /defaultVal"],
    ["no values", { enumValues: null }, "enum_values_missing /enumValues"],
    ["another key", { newKey: "tier" }, "invalid_payload /newKey"],
    ["required that is no boolean", { required: null }, "invalid_payload /required"],
  ])("is refused with %s", (_, change, reason) => {
    expect(reasons(stream, ["UpdateVariable", { key: "plan", ...change }])).toEqual([reason]);
  });

  test("is refused with a default that is nested too deeply or too large", () => {
    const json = given(define("data", { type: "json" }));
    const deep: unknown = Array.from({ length: 25 }).reduce((inner) => [inner], 1);
    const update = (defaultVal: unknown): Step => ["UpdateVariable", { key: "data", defaultVal }];
    expect(reasons(json, update(deep))).toEqual([`default_too_deep /defaultVal${"/0".repeat(20)}`]);
    expect(reasons(json, update("x".repeat(LIMITS.defaultBytes)))).toEqual(["default_too_large /defaultVal"]);
  });
});

describe("RenameVariable and RemoveVariable", () => {
  const condition = { and: [{ "==": [{ var: "age" }, 1] }, { "!": [{ var: "page" }] }] };
  const stream = given(
    define("age"),
    define("page"),
    define("free"),
    [
      "AddNode",
      {
        node: node("a/b", "message", {
          data: { variable: "age", prompt: "{{age}} on {{ page }}", list: [{ t: "{{age}}" }] },
        }),
      },
    ],
    ["AddNode", { node: node("b", "message", { data: { title: "age" } }) }],
    ["AddEdge", { edge: { ...edge("a/b", "b"), id: "e", label: "If {{age}}", data: { condition } } }],
  );

  test("a rename rewrites every place that names the variable, and no other", () => {
    expect(patchOf(stream, ["RenameVariable", { key: "age", newKey: "years" }]).toSorted()).toEqual([
      'add /variables/years {"key":"years","order":0,"required":false,"type":"string"}',
      "remove /variables/age",
      'replace /edges/e/data/condition/and [{"==":[{"var":"years"},1]},{"!":[{"var":"page"}]}]',
      'replace /edges/e/label "If {{years}}"',
      'replace /nodes/a~1b/data/list [{"t":"{{years}}"}]',
      'replace /nodes/a~1b/data/prompt "{{years}} on {{ page }}"',
      'replace /nodes/a~1b/data/variable "years"',
    ]);
  });

  test("a rename to the same key is accepted and writes nothing", () => {
    expect(patchOf(stream, ["RenameVariable", { key: "age", newKey: "age" }])).toEqual([]);
  });

  test("a rename is refused for a key that is not there, and to one that is taken or no name", () => {
    const rename = (key: string, newKey: string): Step => ["RenameVariable", { key, newKey }];
    expect(reasons(stream, rename("valueOf", "x"))).toEqual(["variable_not_found /key"]);
    expect(reasons(stream, rename("age", "page"))).toEqual(["variable_exists /newKey"]);
    expect(reasons(stream, rename("age", "a-b"))).toEqual(["invalid_payload /newKey"]);
  });

  test("a rename is refused when a longer name bursts a label", () => {
    const label = `{{age}}${"x".repeat(493)}`;
    const long = accepted(stream, ["UpdateEdge", { edgeId: "e", label }]);
    const { code, path, details } = refusal(long, ["RenameVariable", { key: "age", newKey: "years" }]);
    expect([code, path, details]).toEqual(["invalid_document", "/newKey", { at: "/edges/e/label" }]);
  });

  test("a removal is refused while the variable is named, with every place", () => {
    const { code, path, details } = refusal(stream, ["RemoveVariable", { key: "age" }]);
    expect([code, path, details]).toEqual([
      "variable_in_use",
      "/key",
      {
        references: [
          "/edges/e/data/condition/and/0/==/0/var",
          "/edges/e/label",
          "/nodes/a~1b/data/list/0/t",
          "/nodes/a~1b/data/prompt",
          "/nodes/a~1b/data/variable",
        ],
      },
    ]);
  });

  test("a removal takes a variable away that nothing names", () => {
    expect(patchOf(stream, ["RemoveVariable", { key: "free" }])).toEqual(["remove /variables/free"]);
    expect(reasons(stream, ["RemoveVariable", { key: "nobody" }])).toEqual(["variable_not_found /key"]);
  });
});
