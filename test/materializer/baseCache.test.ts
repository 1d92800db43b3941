import { expect, it } from "vitest";
import { BaseCache } from "../../src/materializer/baseCache.ts";
import type { MaterializationBase } from "../../src/materializer/materialization.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";

const BYTES = JSON.stringify(EMPTY_STATE).length;
const base = (sequence: number): MaterializationBase => ({ state: EMPTY_STATE, sequence, openVersion: null });
const key = (scriptId: string, tenantId = "t1") => ({ tenantId, scriptId });

it("knows where a script stands, and only there", () => {
  const cache = new BaseCache(BYTES);
  const known = base(5);
  cache.set(key("a"), known);
  expect(cache.get(key("a"), 5)).toBe(known);
  expect([cache.get(key("a"), 4), cache.get(key("a"), 6), cache.get(key("a", "t2"), 5)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect([cache.has(key("a")), cache.has(key("b"))]).toEqual([true, false]);
});

it("keeps within its bound what was written last", () => {
  const cache = new BaseCache(2 * BYTES);
  for (const name of ["a", "b"]) cache.set(key(name), base(1));
  // Written again it counts once, and is the newest.
  for (const sequence of [2, 3, 4]) cache.set(key("a"), base(sequence));
  expect([cache.has(key("a")), cache.has(key("b"))]).toEqual([true, true]);
  cache.set(key("c"), base(1));
  expect(["a", "b", "c"].map((name) => cache.has(key(name)))).toEqual([true, false, true]);
});

it("has room again for what it forgot", () => {
  const cache = new BaseCache(2 * BYTES);
  for (const name of ["a", "b"]) cache.set(key(name), base(1));
  expect([cache.delete(key("a")), cache.delete(key("a")), cache.delete(key("nobody"))]).toEqual([
    true,
    false,
    false,
  ]);
  cache.set(key("c"), base(1));
  expect(["a", "b", "c"].map((name) => cache.has(key(name)))).toEqual([false, true, true]);
});

it("forgets even the newest when it alone is too large", () => {
  const cache = new BaseCache(BYTES - 1);
  cache.set(key("a"), base(1));
  expect(cache.has(key("a"))).toBe(false);
});
