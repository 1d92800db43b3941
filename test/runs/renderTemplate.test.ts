import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { currentPrompt } from "../../src/runs/currentPrompt.ts";
import type { RunData } from "../../src/runs/lookUp.ts";
import { renderJson, renderTemplate } from "../../src/runs/renderTemplate.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import { templateVariables } from "../../src/scripts/document/templates.ts";
import { edge, node, variable } from "../scripts/document/documentOf.ts";
import { deepFreeze } from "../scripts/support/deepFreeze.ts";
import { answered, asking, scriptOf, started } from "./support/given.ts";

const data: RunData = deepFreeze({
  variables: {
    name: "Ada",
    age: 41,
    vip: false,
    customer: { city: "Bern", b: 1, a: [2] },
    nested: "{{name}}",
  },
  answers: { "n.1": { value: "yes" } },
});

describe("a template", () => {
  test.each([
    ["Hello {{name}}, {{ age }} years.", "Hello Ada, 41 years."],
    ["{{vip}}", "false"],
    ["{{customer.city}} {{customer.a.0}}", "Bern 2"],
    ["{{customer}}", '{"a":[2],"b":1,"city":"Bern"}'],
    ["{{answers.n.1}}", "yes"],
    ["{{absent}}|{{name.constructor}}|{{constructor}}|{{customer.__proto__}}", "|||"],
    ["{{#if name}} {name} {{ 1x }} {{}} {{{name}}}", "{{#if name}} {name} {{ 1x }} {{}} {Ada}"],
    ["{{nested}}", "{{name}}"],
    ["no template", "no template"],
  ])("%s becomes %s", (text, rendered) => {
    expect(renderTemplate(text, data)).toBe(rendered);
  });

  test("is found exactly where an author's variables are looked for", () => {
    const part = fc.constantFrom(
      "name",
      "age",
      "answers",
      " ",
      "   ",
      ".",
      "..",
      ".x",
      "#",
      "1",
      "_",
      "-",
      "\n",
      "é",
    );
    const plain = fc.constantFrom("", "Hello ", "!", "name", "{", " }");
    fc.assert(
      fc.property(plain, fc.array(part, { maxLength: 4 }), plain, (before, parts, after) => {
        const inner = parts.join("");
        const isOurs = (key: string): boolean => templateVariables(`{{${key}}}`).length > 0;
        // What stands for an answer names no variable, but is filled in by the same rules.
        const isTemplate = isOurs(inner) || isOurs(inner.replace(/^(\s*)answers(?![A-Za-z0-9_])/, "$1other"));
        const rendered = renderTemplate(`${before}{{${inner}}}${after}`, { variables: {}, answers: {} });
        expect(rendered).toBe(isTemplate ? before + after : `${before}{{${inner}}}${after}`);
      }),
      { numRuns: 500 },
    );
  });

  test("does not make more than its share of text", () => {
    const long: RunData = { variables: { name: "\u{1f600}".repeat(30_000) }, answers: {} };
    expect(renderTemplate("{{name}}", long)).toHaveLength(RUN_LIMITS.insertLength - 1);
    const rendered = renderTemplate("{{name}}".repeat(30_000), long);
    expect(rendered.length).toBeLessThanOrEqual(RUN_LIMITS.textLength);
    expect(rendered.isWellFormed() && rendered.endsWith("…")).toBe(true);
  });
});

describe("JSON with templates", () => {
  test("keeps the type of a value that stands alone", () => {
    const value = [
      "{{age}}",
      " {{age}}",
      { "{{name}}": "{{customer}}", n: null, x: 1 },
      "{{ vip }}",
      "{{absent}}",
    ];
    expect(renderJson(value, data, { left: 1_000 })).toEqual([
      41,
      " 41",
      { "{{name}}": { city: "Bern", b: 1, a: [2] }, n: null, x: 1 },
      false,
      null,
    ]);
  });

  test("stops when its room is used up", () => {
    const room = { left: 100 };
    const value: Json = Array.from({ length: 1_000 }, () => "{{customer}}");
    expect(JSON.stringify(renderJson(value, data, room)).length).toBeLessThan(6_000);
    expect(room.left).toBeLessThan(0);
  });
});

describe("the current prompt", () => {
  const document = scriptOf({
    nodes: [
      node("q", "question", {
        data: {
          title: "For {{name}}",
          prompt: "How many, {{name}}?",
          variable: "count",
          options: ["1", { id: "many", label: "Many, {{name}}", value: 99 }, {}],
          uiSchema: { widget: "buttons", hint: "{{name}}" },
        },
      }),
      node("r", "question", { data: { prompt: 5 } }),
    ],
    edges: [edge("q", "r")],
    variables: [variable("name", { defaultVal: "Ada" }), variable("count", { type: "number" })],
  });

  test("shows the question that the run waits at, filled in", () => {
    expect(currentPrompt(document, asking(document))).toEqual({
      nodeId: "q",
      type: "question",
      title: "For Ada",
      prompt: "How many, Ada?",
      options: [
        { id: "1", label: "1", value: 1 },
        { id: "many", label: "Many, Ada", value: 99 },
      ],
      variable: "count",
      uiSchema: { widget: "buttons", hint: "Ada" },
    });
  });

  test("is none while the run waits for no answer", () => {
    expect(currentPrompt(document, started(document))).toBe(null);
    expect(currentPrompt(document, answered(document, asking(document), "1"))).toBe(null);
  });
});
