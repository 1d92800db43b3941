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
    cache.offer(stream, tip(4));
    expect(stream.committed?.sequence).toBe(5);
  });
});
