import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { chainHash, GENESIS_HASH } from "../../src/log/chainHash.ts";

const row = { sequence: 7, payload: { b: 1, a: [null] }, createdAt: new Date(0) } as unknown as Parameters<
  typeof chainHash
>[1];
// Written by hand: members in order of their names, no spaces, the time as ISO text.
const CANONICAL = '{"createdAt":"1970-01-01T00:00:00.000Z","payload":{"a":[null],"b":1},"sequence":7}';

it("is SHA-256 over the hash before and the row's canonical JSON, its own hash left out", () => {
  const previous = "ab".repeat(32);
  const expected = createHash("sha256")
    .update(previous + CANONICAL)
    .digest("hex");
  expect(chainHash(previous, row)).toBe(expected);
  expect(chainHash(previous, { ...row, chainHash: "anything" })).toBe(expected);
});

it("begins at 64 zeros, as the database does", () => {
  expect(GENESIS_HASH).toMatch(/^0{64}$/);
});
