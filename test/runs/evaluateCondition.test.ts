import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { evaluateCondition } from "../../src/runs/evaluateCondition.ts";
import type { RunData } from "../../src/runs/lookUp.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import { OPERATORS } from "../../src/scripts/document/conditionOperators.ts";
import { LIMITS } from "../../src/scripts/document/limits.ts";
import { arbitraryCondition } from "../scripts/document/arbitraryDocument.ts";
import { deepFreeze } from "../scripts/support/deepFreeze.ts";
import { arbitraryJson } from "./support/arbitraryJson.ts";

const data: RunData = deepFreeze({
  variables: {
    age: 41,
    name: "Ada",
    empty: "",
    none: [],
    nums: [1, 2, 3],
    tags: ["new", "vip"],
    when: "2026-03-01",
    customer: { address: { city: "Bern" }, zip: null, orders: [{ total: 5 }, { total: 70 }] },
    claims: [{ parts: ["roof", "door"] }, { parts: ["door"] }],
    twin: { a: 1, b: [2] },
    twin2: { b: [2], a: 1 },
  },
  answers: {
    n_1: { value: "yes" },
    "n.2": { value: { deep: 7 } },
    n: { value: { "2": { deep: "of n" }, x: 3 } },
    constructor: { value: "mine" },
  },
});

const value = (condition: Json): unknown => {
  const outcome = evaluateCondition(condition, data);
  return outcome.kind === "value" ? outcome.value : outcome.code;
};

describe("an operator", () => {
  test.each<[Json, Json]>([
    // Values that are no rule stand for themselves.
    [17, 17],
    [
      ["a", { "+": [1, 1] }],
      ["a", 2],
    ],
    // ==
    [{ "==": [1, "1"] }, true],
    [{ "==": [0, false] }, true],
    [{ "==": [null, 0] }, false],
    [{ "==": ["", 0] }, true],
    [{ "==": [[], ""] }, true],
    [{ "==": [[1, 2], "1,2"] }, true],
    [{ "==": [{ var: "twin" }, { var: "twin2" }] }, true],
    [{ "===": [[1], [1]] }, true],
    [{ "===": [1, "1"] }, false],
    [{ "!=": [1, "1"] }, false],
    [{ "!==": [1, "1"] }, true],
    // Truthiness: an empty list is false, the text "0" is true.
    [{ "!!": [[]] }, false],
    [{ "!!": ["0"] }, true],
    [{ "!": [{ var: "none" }] }, true],
    [{ "!": 0 }, true],
    [{ "!!": [{ var: "customer" }] }, true],
    [{ and: [1, 3] }, 3],
    [{ and: [[], true] }, []],
    [{ or: [0, "", "x"] }, "x"],
    [{ or: [false, 0] }, 0],
    [{ if: [false, 1, true, 2, 3] }, 2],
    [{ if: [false, 1, false, 2] }, null],
    [{ if: [{ var: "none" }, "some", "none"] }, "none"],
    [{ "?:": [true, 1, 2] }, 1],
    // Order: numbers, texts by code unit, null as 0, never with what is no number.
    [{ "<": [1, { var: "age" }, 100] }, true],
    [{ "<": [1, 1, 3] }, false],
    [{ "<=": [1, 1, 3] }, true],
    [{ ">": ["10", 9] }, true],
    [{ ">": ["10", "9"] }, false],
    [{ ">=": [null, 0] }, true],
    [{ "<": [{ var: "name" }, 1] }, false],
    [{ "<": [{ var: "when" }, "2026-11-01"] }, true],
    // Arithmetic
    [{ "+": ["1", 2, "3.5 m"] }, 6.5],
    [{ "+": "3.14" }, 3.14],
    [{ "+": [null, 1] }, null],
    [{ "-": [1] }, -1],
    [{ "-": [0] }, 0],
    [{ "-": ["5", 2] }, 3],
    [{ "*": ["2", 3, 4] }, 24],
    [{ "/": [1, 4] }, 0.25],
    [{ "/": [1, 0] }, null],
    [{ "%": [7, 4] }, 3],
    [{ max: [1, "3", 2] }, 3],
    [{ min: [1, null] }, 0],
    // Texts
    [{ cat: ["a", 1, null, true, [1, null, 2]] }, "a1true1,,2"],
    [{ cat: { var: "name" } }, "Ada"],
    [{ substr: ["jsonlogic", 4] }, "logic"],
    [{ substr: ["jsonlogic", -5] }, "logic"],
    [{ substr: ["jsonlogic", 1, 3] }, "son"],
    [{ substr: ["jsonlogic", 4, -2] }, "log"],
    [{ substr: ["jsonlogic", -50, 4] }, "json"],
    [{ substr: ["jsonlogic", 4, -50] }, ""],
    [{ in: ["vip", { var: "tags" }] }, true],
    [{ in: ["vi", { var: "tags" }] }, false],
    [{ in: ["ex", "texts"] }, true],
    [{ in: ["", ""] }, false],
    [{ in: [1, null] }, false],
    [{ in: [{ var: "twin2" }, [{ var: "twin" }]] }, true],
    // Lists
    [{ merge: [1, [2, [3]], []] }, [1, 2, [3]]],
    [{ map: [{ var: "nums" }, { "*": [{ var: "" }, 2] }] }, [2, 4, 6]],
    [{ filter: [{ var: "nums" }, { "%": [{ var: "" }, 2] }] }, [1, 3]],
    [{ map: [{ var: "age" }, 1] }, []],
    [{ all: [{ var: "nums" }, { ">": [{ var: "" }, 0] }] }, true],
    [{ all: [{ var: "none" }, true] }, false],
    [{ all: [{ var: "absent" }, true] }, false],
    [{ none: [{ var: "none" }, true] }, true],
    [{ none: [{ var: "nums" }, { "==": [{ var: "" }, 2] }] }, false],
    [{ some: [{ var: "customer.orders" }, { ">": [{ var: "total" }, 50] }] }, true],
    [{ some: [{ var: "none" }, true] }, false],
    [{ some: [{ var: "nums" }, { var: "age" }] }, false],
    [{ some: [{ var: "claims" }, { some: [{ var: "parts" }, { "==": [{ var: "" }, "roof"] }] }] }, true],
    // missing: null and the empty text count as missing.
    [{ missing: ["age", "empty", "absent", "answers.n_1"] }, ["empty", "absent"]],
    [{ missing: "absent" }, ["absent"]],
    [{ missing: [["age", "absent"]] }, ["absent"]],
    [{ missing_some: [1, ["age", "absent"]] }, []],
    [{ missing_some: [2, ["age", "absent", "gone"]] }, ["absent", "gone"]],
  ])("gives for %j the value %j", (condition, expected) => {
    expect(value(condition)).toEqual(expected);
  });

  test("is known for each one on the allow-list, and for none besides", () => {
    const known = (name: string): boolean => evaluateCondition({ [name]: [1, 2, 3] }, data).kind === "value";
    expect([...OPERATORS.keys()].filter((name) => !known(name))).toEqual([]);
    for (const name of ["log", "method", "reduce", "toString", "constructor", "__proto__", "hasOwnProperty"])
      expect(value(JSON.parse(`{"${name}":[1]}`) as Json)).toBe("condition_invalid");
  });

  test("gives a list that holds when it has members", () => {
    expect(evaluateCondition({ var: "none" }, data)).toMatchObject({ value: [], holds: false });
    expect(evaluateCondition({ var: "nums" }, data)).toMatchObject({ value: [1, 2, 3], holds: true });
  });

  test("tells whether a value holds even where JSON cannot keep it", () => {
    expect(evaluateCondition({ "/": [1, 0] }, data)).toMatchObject({ value: null, holds: true });
    expect(evaluateCondition({ "/": [0, 0] }, data)).toMatchObject({ value: null, holds: false });
    expect(evaluateCondition({ ">": [{ "/": [1, 0] }, 5] }, data)).toMatchObject({ holds: true });
  });
});

describe("a name", () => {
  test.each<[string, Json]>([
    ["age", 41],
    ["customer.address.city", "Bern"],
    ["customer.orders.1.total", 70],
    ["customer.orders.9.total", null],
    ["nums.length", 3],
    ["name.length", 3],
    ["absent", null],
    ["age.digits", null],
    ["answers.n_1", "yes"],
    ["answers.n.2.deep", 7],
    ["answers.n.x", 3],
    ["answers.unknown", null],
    ["answers.n_1.deep", null],
    ["answers", null],
    ["", null],
  ])("%s stands for %j", (name, expected) => {
    expect(value({ var: name })).toEqual(expected);
  });

  test("has a default when there is no value, and not when it is empty", () => {
    expect(value({ var: ["absent", { var: "age" }] })).toBe(41);
    expect(value({ var: ["customer.country", "CH"] })).toBe("CH");
    expect(value({ var: ["customer.zip", 3000] })).toBe(null);
    expect(value({ var: ["empty", "x"] })).toBe("");
  });

  test.each([
    "constructor",
    "__proto__",
    "toString",
    "customer.constructor",
    "customer.constructor.name",
    "customer.__proto__.toString",
    "nums.map",
    "name.constructor",
    "age.toFixed",
    "answers.__proto__",
    "answers.toString",
    "answers.n_1.constructor.prototype",
  ])("%s leads to no prototype", (name) => {
    expect(value({ var: name })).toBe(null);
    expect(value({ some: [[{ var: "customer" }], { var: name.replace("customer.", "") }] })).toBe(false);
  });

  test("may be that of a member of Object.prototype, when it was answered", () => {
    expect(value({ var: "answers.constructor" })).toBe("mine");
  });
});

describe("an evaluation ends", () => {
  const long = "x".repeat(60_000);
  const many = Array.from({ length: 20_000 }, (_, index) => index);
  const nested = (depth: number, make: (inner: Json) => Json, leaf: Json): Json =>
    depth === 0 ? leaf : nested(depth - 1, make, make(leaf));
  const big: RunData = deepFreeze({
    variables: { long, many, deep: Array.from({ length: 500 }, () => many.slice(0, 10)) },
    answers: {},
  });

  test.each<[string, Json, string]>([
    ["in a loop over a long list", { some: [{ var: "many" }, false] }, "condition_too_expensive"],
    [
      "in a loop in a loop",
      { all: [{ var: "many" }, { all: [[1, 2, 3], true] }] },
      "condition_too_expensive",
    ],
    [
      "in comparing a long list again and again",
      { or: [{ "!=": [{ var: "deep" }, { var: "deep" }] }, { "!==": [{ var: "deep" }, { var: "deep" }] }] },
      "condition_too_expensive",
    ],
    ["in searching a long list", { in: ["no", { var: "many" }] }, "condition_too_expensive"],
    ["in turning a long list into a text", { "==": [{ var: "many" }, "x"] }, "condition_too_expensive"],
    [
      "in using a long text again and again",
      { or: Array.from({ length: 20 }, () => ({ in: ["y", { var: "long" }] })) },
      "condition_too_expensive",
    ],
    ["in making a long text", { cat: [{ var: "long" }, { var: "long" }] }, "condition_too_large"],
    [
      "in making a long list",
      { merge: Array.from({ length: 5 }, () => ({ var: "many" })) },
      "condition_too_large",
    ],
    ["in going deep", nested(5_000, (inner) => ({ "!": [inner] }), true), "condition_too_large"],
    ["at two operators in one rule", { "!": [1], "!!": [1] }, "condition_invalid"],
  ])("%s", (_, condition, code) => {
    const outcome = evaluateCondition(condition, big);
    expect(outcome).toMatchObject({ kind: "error", code });
    expect(outcome.operations).toBeLessThanOrEqual(RUN_LIMITS.conditionOperations);
  });

  test("sooner, when it is given less", () => {
    const outcome = evaluateCondition({ some: [{ var: "many" }, false] }, big, 50);
    expect(outcome).toMatchObject({ kind: "error", code: "condition_too_expensive", operations: 50 });
  });

  test("in a value or an error whatever the condition and the data, and always in the same", () => {
    const json = arbitraryJson(4);
    const hostile = fc.oneof(json, fc.constant<Json>({ toString: null, valueOf: 1, indexOf: 2, length: -1 }));
    const key = fc.constantFrom("age", "name", "plan", "constructor", "_x", "a1");
    const condition = fc.oneof(
      arbitraryCondition,
      fc
        .tuple(fc.constantFrom(...OPERATORS.keys()), fc.array(hostile, { maxLength: 4 }))
        .map(([name, args]): Json => ({ [name]: args })),
      fc
        .tuple(fc.constantFrom(...OPERATORS.keys()), key, hostile)
        .map(([name, one, other]): Json => ({ [name]: [{ var: one }, other] })),
    );
    fc.assert(
      fc.property(condition, fc.dictionary(key, hostile), (rule, variables) => {
        const run: RunData = deepFreeze({ variables, answers: { n_1: { value: variables["age"] ?? null } } });
        const outcome = evaluateCondition(deepFreeze(rule), run);
        expect(outcome.operations).toBeLessThanOrEqual(RUN_LIMITS.conditionOperations);
        expect(evaluateCondition(rule, JSON.parse(JSON.stringify(run)) as RunData)).toEqual(outcome);
        if (outcome.kind === "value")
          expect(JSON.parse(JSON.stringify(outcome.value))).toEqual(outcome.value);
      }),
      { numRuns: 1_000 },
    );
  });

  test("late enough for every condition that may be stored", () => {
    const widest: Json = { and: Array.from({ length: LIMITS.conditionNodes - 10 }, () => true) };
    expect(evaluateCondition(widest, data)).toMatchObject({ value: true });
  });
});
