import { describe, expect, test } from "vitest";
import { nextOrder } from "../../../src/scripts/commands/editDraft.ts";
import { LIMITS } from "../../../src/scripts/document/limits.ts";
import { node, variable } from "../document/documentOf.ts";
import { accepted, given, givenOnly, patchOf, reasons, refusal, type Step } from "../support/given.ts";

const create = (change: object): Step => ["CreateScript", { name: "Call", slug: "call", ...change }];

const stream = given(["AddNode", { node: node("a", "message") }]);
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `en-${index + 10}`);

describe("what is too much or too little is said in words of ours", () => {
  test.each<[string, object]>([
    ["A script needs a name.", { name: " " }],
    ["A name has at most 200 characters.", { name: "x".repeat(201) }],
    ["A slug has at most 100 characters.", { slug: "x".repeat(101) }],
    ["There are at most 50 labels.", { labels: many(51) }],
    ["There are at most 50 intents.", { intents: many(51) }],
    ["There are at most 50 languageCodes.", { languageCodes: many(51) }],
    ["Each of labels has 1 to 100 characters.", { labels: [""] }],
    ["Each of intents has 1 to 100 characters.", { intents: ["x".repeat(101)] }],
    ['A language code is like "en" or "pt-BR" (BCP 47).', { languageCodes: ["english"] }],
  ])("%s", (message, change) => {
    expect(refusal(givenOnly(), create(change)).message).toBe(message);
  });

  test.each<[string, string, object]>([
    ["Name at least one node to move.", "MoveNodes", { moves: [] }],
    [
      "At most 5000 nodes move at once.",
      "MoveNodes",
      { moves: Array.from({ length: 5_001 }, () => ({ nodeId: "a", position: { x: 0, y: 0 } })) },
    ],
    ["A patch has at least one operation.", "ApplyPatch", { patch: [] }],
    [
      'A pointer is like "/nodes/n_1/data/title"; / and ~ in an id are written ~1 and ~0.',
      "ApplyPatch",
      { patch: [{ op: "remove", path: "/nodes/a~2" }] },
    ],
    [
      "A pointer starts with /nodes, /edges, /variables, /viewport, /entryNodeId.",
      "ApplyPatch",
      { patch: [{ op: "remove", path: "/status" }] },
    ],
    [
      'The name "__proto__" is not allowed.',
      "ApplyPatch",
      { patch: [{ op: "remove", path: "/nodes/__proto__" }] },
    ],
    [
      "A pointer has at most 2,000 characters.",
      "ApplyPatch",
      { patch: [{ op: "remove", path: `/nodes/${"x".repeat(2_000)}` }] },
    ],
    [
      "A patch has at most 1,000 operations.",
      "ApplyPatch",
      { patch: Array.from({ length: 1_001 }, () => ({ op: "remove", path: "/nodes/a" })) },
    ],
  ])("%s", (message, name, payload) => {
    expect(refusal(stream, [name, payload]).message).toBe(message);
  });
});

describe("a slug", () => {
  test.each(["a", "a1", "sales-call-eu", "2-go"])("may be %s", (slug) => {
    expect(reasons(givenOnly(), create({ slug }))).toEqual(["accepted"]);
  });

  test.each(["", "-a", "a-", "a--b", "a_b", "é"])('may not be "%s"', (slug) => {
    expect(new Set(reasons(givenOnly(), create({ slug })))).toEqual(new Set(["invalid_payload /slug"]));
  });
});

describe("a language code", () => {
  test.each(["en", "gsw", "pt-BR", "zh-Hant-TW", "de-CH-1996"])("may be %s", (code) => {
    expect(reasons(givenOnly(), create({ languageCodes: [code] }))).toEqual(["accepted"]);
  });

  test.each(["e", "engl", "!en", "en-", "en_GB", "en-toolongasubtag"])("may not be %s", (code) => {
    expect(reasons(givenOnly(), create({ languageCodes: [code] }))).toEqual([
      "invalid_payload /languageCodes/0",
    ]);
  });
});

test.each(["labels", "intents", "languageCodes"])("%s that are twice in their list are called so", (list) => {
  const { path, message } = refusal(givenOnly(), create({ [list]: ["en", "en"] }));
  expect([path, message]).toEqual([`/${list}`, `${list} must be different from each other.`]);
});

test("CreateScript writes what it was given, and not what is so anyway", () => {
  expect(patchOf(givenOnly(), create({ labels: [], intents: ["book"] }))).toEqual([
    'replace /details/name "Call"',
    'replace /details/slug "call"',
    'replace /details/intents ["book"]',
  ]);
});

test("what comes last goes behind the highest order, wherever that stands", () => {
  expect(nextOrder({})).toBe(0);
  expect(nextOrder({ a: { order: 5 }, b: { order: 1 } })).toBe(6);
});

describe("MoveNodes", () => {
  const moves = (count: number): Step => [
    "MoveNodes",
    { moves: Array.from({ length: count }, (_, x) => ({ nodeId: `n${x}`, position: { x, y: 0 } })) },
  ];

  test("takes one move at least, and not more than there can be nodes", () => {
    expect(reasons(stream, moves(0))).toEqual(["invalid_payload /moves"]);
    expect(reasons(stream, moves(LIMITS.nodes + 1))).toEqual(["invalid_payload /moves"]);
  });
});

describe("a draft that was just sealed", () => {
  const sealed = given(
    ["AddNode", { node: node("a", "message", { data: { extra: { deep: 1, deeper: { x: 1 } } }, width: 9 }) }],
    ["DefineVariable", { variable: variable("age", { label: "Age" }) }],
    ["CommitVersion", {}],
  );

  test.each<Step>([
    ["UpdateNode", { nodeId: "a", data: { extra: null } }],
    ["UpdateNode", { nodeId: "a", data: { extra: { deep: null } } }],
    ["UpdateNode", { nodeId: "a", data: { extra: { deeper: { x: null } } } }],
    ["UpdateNode", { nodeId: "a", width: null }],
    ["UpdateVariable", { key: "age", label: null }],
    ["ApplyPatch", { patch: [{ op: "remove", path: "/nodes/a/data/extra/deep" }] }],
  ])("differs from its version as soon as something is taken away by %s", (...step) => {
    expect(sealed.state.draftChanged).toBe(false);
    expect(accepted(sealed, step).state.draftChanged).toBe(true);
  });
});

describe("ReplaceGraph says where in the payload the trouble is", () => {
  const replace = (graphJson: object): Step => [
    "ReplaceGraph",
    { graphJson: { nodes: [], edges: [], viewport: { x: 0, y: 0, zoom: 1 }, ...graphJson } },
  ];

  test("of an entity, another member or all of it", () => {
    const lost = node("a", "message", { parentId: "nobody" });
    expect(reasons(given(), replace({ nodes: [node("b", "end"), lost] }))).toEqual([
      "parent_not_found /graphJson/nodes/1/parentId",
    ]);
    expect(reasons(given(), replace({ entryNodeId: "nobody" }))).toEqual([
      "entry_node_not_found /graphJson/entryNodeId",
    ]);
    const large = { text: "x".repeat(LIMITS.nodeDataBytes - 100) };
    const count = Math.ceil(LIMITS.documentBytes / LIMITS.nodeDataBytes) + 1;
    const nodes = Array.from({ length: count }, (_, index) => node(`n${index}`, "message", { data: large }));
    expect(reasons(given(), replace({ nodes }))).toEqual(["graph_too_large /graphJson"]);
  });
});
