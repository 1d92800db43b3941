import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/scripts/document/limits.ts";
import {
  checkCondition,
  conditionVariables,
  renameInCondition,
} from "../../../src/scripts/document/conditions.ts";
import { expectWords } from "../support/expectWords.ts";
import { arbitraryCondition } from "./arbitraryDocument.ts";

const declared = new Set(["age", "plan", "items", "constructor"]);
const check = (condition: unknown): string[] => {
  const problems = checkCondition(condition, (key) => declared.has(key));
  expectWords(problems);
  return problems.map(({ code, path }) => `${code} ${path}`);
};

describe("checkCondition", () => {
  test.each([
    [{ "==": [{ var: "plan" }, "gold"] }],
    [{ var: "age" }],
    [{ var: ["items.0.price", 0] }],
    [{ and: [{ "<": [18, { var: "age" }, 65] }, { in: [{ var: "plan" }, ["gold", "silver"]] }] }],
    [{ if: [{ missing: ["age", "plan"] }, false, { missing_some: [1, ["age", "answers.n_1"]] }] }],
    [{ some: [{ var: "items" }, { ">": [{ var: "price" }, { var: "" }] }] }],
    [{ "!": { var: "answers.n/1.deep" } }],
    [{ var: "constructor" }],
    [{ "===": [{ "%": [{ var: "age" }, 2] }, 0] }],
    [true],
    [false],
    [null],
  ])("accepts %j", (condition) => {
    expect(check(condition)).toEqual([]);
  });

  test.each([
    ["a text: it would always be true", "age > 18", "condition_invalid "],
    ["a list", [{ var: "age" }], "condition_invalid "],
    ["an empty rule", {}, "condition_invalid "],
    ["a rule with two operators", { "!": true, "!!": true }, "condition_invalid "],
    ["an operator that is not on the list", { or: [{ log: "x" }] }, "condition_invalid /or/0/log"],
    ["a method call", { method: ["a", "b"] }, "condition_invalid /method"],
    ["a name of Object.prototype as operator", { toString: [] }, "condition_invalid /toString"],
    ["too few arguments", { "==": [1] }, "condition_invalid /=="],
    ["too many arguments, with the operator escaped", { "/": [1, 2, 3] }, "condition_invalid /~1"],
    ["a computed name", { var: { cat: ["a", "ge"] } }, "condition_invalid /var"],
    ["a number as name", { "!": [{ var: 1 }] }, "condition_invalid /!/0/var"],
    ["the whole data", { "!": [{ var: "" }] }, "condition_invalid /!/0/var"],
    ["answers without a node", { var: "answers" }, "condition_invalid /var"],
    ["a way to the prototype", { var: "age.__proto__.x" }, "condition_invalid /var"],
    ["a way out of a loop", { all: [{ var: "items" }, { var: "../age" }] }, "condition_invalid /all/1/var"],
    ["missing_some without a list", { missing_some: [1, "age"] }, "condition_invalid /missing_some"],
    ["a value that is not JSON", { "!": [undefined] }, "condition_invalid /!/0"],
    ["an undeclared variable", { "==": [{ var: "agee.x" }, 1] }, "condition_unknown_variable /==/0/var"],
    [
      "an undeclared variable in missing",
      { missing: ["age", "agee"] },
      "condition_unknown_variable /missing/1",
    ],
    ["a name of Object.prototype as variable", { var: "toString" }, "condition_unknown_variable /var"],
    [
      "an undeclared variable as a loop's list",
      { none: [{ var: "itemz" }, true] },
      "condition_unknown_variable /none/0/var",
    ],
    ["a name without end", { var: "a".repeat(LIMITS.pathLength + 1) }, "condition_too_large /var"],
  ])("refuses %s", (_, condition, problem) => {
    expect(check(condition)).toEqual([problem]);
  });

  test("reports all mistakes of form and naming at once", () => {
    expect(check({ and: [{ nope: 1 }, { var: "who" }, { "==": [] }] })).toEqual([
      "condition_invalid /and/0/nope",
      "condition_invalid /and/2/==",
      "condition_unknown_variable /and/1/var",
    ]);
  });

  test("takes 500 values and operators and refuses one more", () => {
    const sum = (count: number): unknown => ({ "<": [{ "+": Array.from({ length: count }, () => 1) }, 1] });
    expect(check(sum(LIMITS.conditionNodes - 3))).toEqual([]);
    expect(check(sum(LIMITS.conditionNodes - 2))[0]).toMatch(/^condition_too_large /);
    const names = Array.from({ length: 100_000 }, () => "age");
    expect(check({ missing: names }).at(0)).toMatch(/^condition_too_large /);
  });

  test("takes 20 levels and refuses one more", () => {
    const nested = (levels: number): unknown => (levels === 0 ? true : { "!": nested(levels - 1) });
    expect(check(nested(LIMITS.conditionDepth))).toEqual([]);
    expect(check(nested(LIMITS.conditionDepth + 1))[0]).toMatch(/^condition_too_large /);
  });

  test("refuses a third list operator inside two: each multiplies the work", () => {
    const inner = { some: [[1], { some: [[1], true] }] };
    expect(check(inner)).toEqual([]);
    expect(check({ some: [[1], inner] })).toEqual(["condition_too_large /some/1/some/1/some"]);
    expect(check({ some: [{ map: [inner, true] }, true] })).toEqual([]);
  });

  test("never throws, whatever JSON it is given", () => {
    const anything = fc.oneof(fc.jsonValue(), fc.anything(), arbitraryCondition);
    fc.assert(fc.property(anything, (condition) => Array.isArray(check(condition))));
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = { "!": [deep] };
    expect(check(deep)).toHaveLength(1);
  });
});

describe("conditionVariables", () => {
  test("names variables by their first segment, and neither answers nor what is relative to a list", () => {
    const condition = {
      or: [
        { all: [{ var: "items.list" }, { "==": [{ var: "price" }, { var: ["age", 1] }] }] },
        { missing: ["plan", "answers.n_1"] },
        { missing_some: [1, ["age"]] },
        { var: "constructor" },
      ],
    };
    expect(conditionVariables(condition)).toEqual(new Set(["items", "plan", "age", "constructor"]));
  });
});

describe("renameInCondition", () => {
  test("renames first segments and leaves literals, members and list elements alone", () => {
    const condition = {
      and: [
        { "==": [{ var: "age" }, "age"] },
        { var: ["age.age", "age"] },
        { missing: ["plan", "age"] },
        { some: [{ var: "age" }, { var: "age" }] },
        { var: "answers.age" },
        { var: "agent" },
      ],
    };
    expect(renameInCondition(condition, "age", "years")).toEqual({
      and: [
        { "==": [{ var: "years" }, "age"] },
        { var: ["years.age", "age"] },
        { missing: ["plan", "years"] },
        { some: [{ var: "years" }, { var: "age" }] },
        { var: "answers.age" },
        { var: "agent" },
      ],
    });
  });

  test("gives the same object back when nothing names the variable", () => {
    const condition = { "/": [{ var: "age" }, 2] };
    expect(renameInCondition(condition, "plan", "x")).toBe(condition);
    expect(renameInCondition(condition, "age", "x")).toEqual({ "/": [{ var: "x" }, 2] });
  });

  test("undoes itself when the new name was not in use", () => {
    fc.assert(
      fc.property(arbitraryCondition, (condition) => {
        expect(renameInCondition(renameInCondition(condition, "age", "fresh"), "fresh", "age")).toEqual(
          condition,
        );
      }),
    );
  });
});
