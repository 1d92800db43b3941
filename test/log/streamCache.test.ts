import { describe, expect, it } from "vitest";
import { GENESIS_HASH } from "../../src/log/chainHash.ts";
import { StreamCache } from "../../src/log/streamCache.ts";
import type { StreamTip } from "../../src/log/streamTip.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";

const STATE_BYTES = JSON.stringify(EMPTY_STATE).length;

function tip(sequence: number): StreamTip {
  const at = new Date(0);
  return {
    state: EMPTY_STATE,
    sequence,
    chainHash: GENESIS_HASH,
    lastCreatedAt: at,
    createdById: "u1",
    createdAt: at,
  };
}

function key(scriptId: string) {
  return { tenantId: "t1", scriptId };
}

describe("the cache of streams", () => {
  it("forgets what was used longest ago, and never a script that somebody is working on", async () => {
    const cache = new StreamCache(2 * STATE_BYTES);
    const [a, b] = [cache.get(key("a")), cache.get(key("b"))];
    const leave = await a.turnstile.together();
    for (const stream of [a, b]) cache.keep(stream, tip(1));
    const c = cache.get(key("c"));
    cache.keep(c, tip(1));
    expect(cache.get(key("a"))).toBe(a);
    expect(cache.get(key("b"))).not.toBe(b);
    leave();
  });

  it("measures a script again when what its edits may have added comes to its size", () => {
    const cache = new StreamCache(10_000_000);
    const stream = cache.get(key("a"));
    cache.keep(stream, tip(1));
    for (let sequence = 2; sequence < 1_000; sequence++) cache.keep(stream, tip(sequence), 1_000);
    expect(stream.bytes).toBeLessThan(2 * STATE_BYTES + 64 * 1024 + 1_000);
  });

  it("keeps the newer of two reads that come back in the wrong order", () => {
    const cache = new StreamCache(10_000_000);
    const stream = cache.get(key("a"));
    cache.offer(stream, tip(5));
    const known = stream.committed;
    for (const sequence of [4, 5]) cache.offer(stream, tip(sequence));
    expect(stream.committed).toBe(known);
    cache.offer(stream, tip(6));
    expect(stream.committed?.sequence).toBe(6);
  });

  it("keeps the scripts of tenants apart", () => {
    const cache = new StreamCache(10_000_000);
    expect(cache.get({ tenantId: "t2", scriptId: "a" })).not.toBe(cache.get(key("a")));
    expect(cache.get(key("a"))).toBe(cache.get(key("a")));
  });

  it("counts a script once, however often it is kept, and what its edits may have added", () => {
    const cache = new StreamCache(2 * STATE_BYTES + 100);
    const [a, b] = [cache.get(key("a")), cache.get(key("b"))];
    for (let sequence = 1; sequence < 5; sequence++) cache.keep(a, tip(sequence));
    cache.keep(b, tip(1));
    expect([a.bytes, b.bytes]).toEqual([STATE_BYTES, STATE_BYTES]);
    const known = tip(2);
    // The same tip again is no edit.
    for (let again = 0; again < 3; again++) cache.keep(b, known, 100);
    expect(b.bytes).toBe(STATE_BYTES + 100);
    expect(cache.get(key("a"))).toBe(a);
    // One byte more than there is room for: what was used longest ago goes.
    cache.keep(a, tip(5), 1);
    expect(cache.get(key("b"))).not.toBe(b);
    expect(cache.get(key("a"))).toBe(a);
  });

  it("believes what its edits may have added up to twice what was measured, and some", () => {
    const cache = new StreamCache(10_000_000);
    const stream = cache.get(key("a"));
    cache.keep(stream, tip(1));
    const most = 2 * STATE_BYTES + 64 * 1024;
    cache.keep(stream, tip(2), most - STATE_BYTES);
    expect(stream.bytes).toBe(most);
    cache.keep(stream, tip(3), 1);
    expect(stream.bytes).toBe(STATE_BYTES);
  });

  it("counts as used what somebody asked for", () => {
    const cache = new StreamCache(2 * STATE_BYTES);
    const [a, b] = [cache.get(key("a")), cache.get(key("b"))];
    for (const stream of [a, b]) cache.keep(stream, tip(1));
    cache.get(key("a"));
    cache.keep(cache.get(key("c")), tip(1));
    expect(cache.get(key("a"))).toBe(a);
    expect(cache.get(key("b"))).not.toBe(b);
  });

  it("has room again for what it forgot, and does not count what it forgot already", () => {
    const cache = new StreamCache(2 * STATE_BYTES);
    const [a, b, c] = [cache.get(key("a")), cache.get(key("b")), cache.get(key("c"))];
    for (const stream of [a, b, c]) cache.keep(stream, tip(1));
    // Somebody still works on the one that was forgotten.
    cache.keep(a, tip(2), 50);
    expect(a.bytes).toBe(STATE_BYTES);
    expect([cache.get(key("b")), cache.get(key("c"))]).toEqual([b, c]);
    const d = cache.get(key("d"));
    cache.keep(d, tip(1));
    expect([cache.get(key("c")), cache.get(key("d"))]).toEqual([c, d]);
  });

  it("keeps the script that is kept, even when it alone is too large", () => {
    const cache = new StreamCache(STATE_BYTES - 1);
    const stream = cache.get(key("a"));
    cache.keep(stream, tip(1));
    expect(cache.get(key("a"))).toBe(stream);
  });
});
