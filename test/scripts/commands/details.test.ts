import { describe, expect, test } from "vitest";
import { accepted, created, given, givenOnly, patchOf, reasons, refusal } from "../support/given.ts";

const full = {
  name: "Call",
  slug: "call-2",
  description: "What to say.",
  labels: ["sales"],
  intents: ["book"],
  languageCodes: ["en", "pt-BR", "zh-Hant-TW"],
  embeddingKey: "k1",
};

describe("CreateScript", () => {
  test("fills in what is not given", () => {
    expect(given().state.details).toEqual({
      name: "Call",
      slug: "call",
      description: null,
      labels: [],
      intents: [],
      languageCodes: [],
      embeddingKey: null,
    });
  });

  test("takes every detail and trims the name", () => {
    const { state } = givenOnly(["CreateScript", { ...full, name: "  Call " }]);
    expect(state.details).toEqual(full);
  });

  test("is refused on a script that exists, and every other command on one that does not", () => {
    expect(reasons(given(), created)).toEqual(["script_exists"]);
    expect(reasons(givenOnly(), ["UpdateDetails", {}])).toEqual(["script_not_created"]);
  });

  test.each([
    ["an empty name", { name: " " }, "invalid_payload /name"],
    ["a name of 201 characters", { name: "x".repeat(201) }, "invalid_payload /name"],
    ["a slug in upper case", { slug: "Call" }, "invalid_payload /slug"],
    ["a slug that ends with a hyphen", { slug: "call-" }, "invalid_payload /slug"],
    ["a slug of 101 characters", { slug: "x".repeat(101) }, "invalid_payload /slug"],
    ["a description of 5,001 characters", { description: "x".repeat(5_001) }, "invalid_payload /description"],
    ["the same label twice", { labels: ["a", "a"] }, "invalid_payload /labels"],
    ["an empty label", { labels: ["a", ""] }, "invalid_payload /labels/1"],
    ["51 intents", { intents: Array.from({ length: 51 }, String) }, "invalid_payload /intents"],
    ["an intent of 101 characters", { intents: ["x".repeat(101)] }, "invalid_payload /intents/0"],
    ["a language that is none", { languageCodes: ["en", "english!"] }, "invalid_payload /languageCodes/1"],
    ["a member that nobody knows", { colour: "red" }, "invalid_payload /colour"],
    ["NUL", { name: "a\u0000" }, "nul_character /name"],
    ["half a surrogate pair", { labels: ["\ud800"] }, "lone_surrogate /labels/0"],
  ])("is refused with %s", (_, change, reason) => {
    expect(reasons(givenOnly(), ["CreateScript", { name: "Call", slug: "call", ...change }])).toEqual([
      reason,
    ]);
  });

  test("is refused without a slug, and with a payload that is no object", () => {
    expect(reasons(givenOnly(), ["CreateScript", { name: "Call" }])).toEqual(["invalid_payload /slug"]);
    expect(reasons(givenOnly(), ["CreateScript", "Call"])).toEqual(["invalid_payload"]);
    expect(reasons(givenOnly(), ["CreateScript", undefined])).toEqual(["invalid_payload"]);
  });
});

describe("UpdateDetails", () => {
  test("changes what it names, as few members as possible, and not the draft", () => {
    const change = { description: null, labels: ["a", "b"], slug: "call", languageCodes: ["de"] };
    expect(patchOf(given(["UpdateDetails", full]), ["UpdateDetails", change])).toEqual([
      'replace /details/slug "call"',
      "replace /details/description null",
      'replace /details/labels ["a","b"]',
      'replace /details/languageCodes ["de"]',
    ]);
    expect(given(["UpdateDetails", full]).state.draftChanged).toBe(false);
  });

  test("that changes nothing is accepted and writes nothing", () => {
    expect(patchOf(given(["UpdateDetails", full]), ["UpdateDetails", full])).toEqual([]);
    expect(patchOf(given(), ["UpdateDetails", {}])).toEqual([]);
  });

  test("is refused with a member that does not fit", () => {
    expect(reasons(given(), ["UpdateDetails", { name: "", slug: null }])).toEqual([
      "invalid_payload /name",
      "invalid_payload /slug",
    ]);
  });
});

describe("ChangeStatus", () => {
  const archive = ["ChangeStatus", { status: "ARCHIVED" }] as const;
  const restore = ["ChangeStatus", { status: "DRAFT" }] as const;
  const publish = ["ChangeStatus", { status: "PUBLISHED" }] as const;
  const published = given(
    ["AddNode", { node: { id: "n", type: "start", position: { x: 0, y: 0 }, data: { prompt: "Hello." } } }],
    ["AddNode", { node: { id: "e", type: "end", position: { x: 0, y: 0 }, data: { prompt: "Bye." } } }],
    ["AddEdge", { edge: { id: "n-e", source: "n", target: "e" } }],
    ["SetEntryNode", { nodeId: "n" }],
    ["CommitVersion", {}],
    ["PublishVersion", { version: 1 }],
  );

  test("archives a draft and restores it as a draft", () => {
    const archived = accepted(given(), archive);
    expect([archived.state.status, accepted(archived, restore).state.status]).toEqual(["ARCHIVED", "DRAFT"]);
  });

  test("archives a published script, keeps its version active, and restores it as published", () => {
    const archived = accepted(published, archive);
    expect([archived.state.status, archived.state.activeVersion]).toEqual(["ARCHIVED", 1]);
    expect(accepted(archived, restore).state.status).toBe("PUBLISHED");
  });

  test("is refused where it leads nowhere, with the way out", () => {
    const wayOut = (
      stream: ReturnType<typeof given>,
      step: typeof archive | typeof restore | typeof publish,
    ) => {
      const { code, path, message } = refusal(stream, step);
      return [code, path, /Scripts\.\w+|already/.exec(message)?.[0]];
    };
    const no = "illegal_status_change";
    expect(wayOut(given(), publish)).toEqual([no, "/status", "Scripts.PublishVersion"]);
    expect(wayOut(given(), restore)).toEqual([no, "/status", "already"]);
    expect(wayOut(given(archive), archive)).toEqual([no, "/status", "already"]);
    expect(wayOut(published, restore)).toEqual([no, "/status", "Scripts.UnpublishVersion"]);
    expect(reasons(given(), ["ChangeStatus", { status: "DELETED" }])).toEqual(["invalid_payload /status"]);
  });

  test("is the only command that an archived script takes", () => {
    const stream = given(archive);
    expect(reasons(stream, ["UpdateDetails", { name: "x" }])).toEqual(["script_archived"]);
    expect(reasons(stream, ["PublishVersion", { version: 1 }])).toEqual(["script_archived"]);
    expect(reasons(stream, ["CommitVersion", {}])).toEqual(["script_archived"]);
  });
});
