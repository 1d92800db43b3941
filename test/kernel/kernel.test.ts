import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { findUnsafeJson } from "../../src/kernel/findUnsafeJson.ts";
import { newId } from "../../src/kernel/newId.ts";
import { hashJson } from "../../src/kernel/sha256.ts";

describe("canonicalJson", () => {
  it("writes the example of RFC 8785 the way the RFC does", () => {
    const value = {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("sorts keys by UTF-16 units, not by code points", () => {
    expect(canonicalJson({ "\u{1F600}": 1, "\uFB33": 2, "1": 3 })).toBe('{"1":3,"\u{1F600}":1,"\uFB33":2}');
  });

  it("means the same value and does not depend on key order", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it("leaves undefined members out, as storing them would", () => {
    expect(hashJson({ a: 1, b: undefined })).toBe(hashJson({ a: 1 }));
  });
});

describe("findUnsafeJson", () => {
  it.each([
    [{ a: ["x\u0000"] }, "nul_character", "/a/0"],
    [{ "a/b": "\ud800" }, "lone_surrogate", "/a~1b"],
    [JSON.parse('{"a":{"__proto__":1}}'), "forbidden_key", "/a/__proto__"],
    [{ "k\u0000": 1 }, "nul_character", "/k\u0000"],
    [[[[[1]]]], "too_deep", "/0/0/0"],
    [{ n: Number.POSITIVE_INFINITY }, "not_json", "/n"],
  ])("finds %j", (value, code, path) => {
    expect(findUnsafeJson(value, 3)).toMatchObject({ code, path });
  });

  it("passes what it allows through jsonb unchanged", () => {
    expect(findUnsafeJson({ a: [1, "ü", null, { constructor: true, "😀": "😀" }] }, 5)).toBeUndefined();
  });
});

describe("newId", () => {
  it("makes version 7 UUIDs that sort by time", () => {
    const ids = [1_000, 2_000, 1_700_000_000_000].map((ms) => newId(ms));
    expect(ids).toEqual(ids.toSorted());
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(Array.from({ length: 10_000 }, () => newId(5))).size).toBe(10_000);
  });
});
