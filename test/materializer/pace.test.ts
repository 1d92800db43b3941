import { describe, expect, it } from "vitest";
import { BaseCache } from "../../src/materializer/baseCache.ts";
import { createGate } from "../../src/kernel/gate.ts";
import type { MaterializationBase } from "../../src/materializer/materialization.ts";
import { Pace } from "../../src/materializer/pace.ts";
import { Rounds } from "../../src/materializer/rounds.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";

const S1 = { tenantId: "t1", scriptId: "s1" };
const S2 = { tenantId: "t1", scriptId: "s2" };

describe("the pace of a script", () => {
  it("is a rest after each run, of 200 ms at most and to the end of a round, and nobody else's", () => {
    const pace = new Pace();
    expect(pace.restsUntil(S1)).toBe(0);
    const endedAt = performance.now();
    pace.ended(S1, 5_000);
    expect(pace.restsUntil(S2)).toBe(0);
    const until = pace.restsUntil(S1);
    expect(until % 100).toBe(0);
    expect(until).toBeGreaterThanOrEqual(endedAt + 200);
    expect(until).toBeLessThan(performance.now() + 300);
  });
});

describe("a round", () => {
  it("does together what is to be done at one moment, and tells everybody how it ended", async () => {
    const ran: (readonly string[])[] = [];
    const rounds = new Rounds(async (items: readonly string[]) => {
      ran.push(items);
      if (items.includes("bad")) throw new Error("failed");
      return items.length;
    });
    const at = performance.now() + 20;
    const answers = [rounds.join(at, ["a", "b"]), rounds.join(at, ["c"])];
    const failed = Promise.allSettled([rounds.join(at + 1, ["bad"]), rounds.join(at + 1, ["with it"])]);
    expect(await Promise.all(answers)).toEqual([3, 3]);
    expect(performance.now()).toBeGreaterThan(at - 2);
    expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await rounds.join(at, ["later"])).toBe(1);
    expect(ran).toEqual([["a", "b", "c"], ["bad", "with it"], ["later"]]);
  });
});

describe("a gate", () => {
  it("lets as many in as it has places, in the order in which they came, and lets the next in after a failure", async () => {
    const gate = createGate(2);
    const entered: number[] = [];
    const doors = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const works = doors.map(async (door, number) =>
      gate(async () => {
        entered.push(number);
        await door.promise;
      }),
    );
    expect(entered).toEqual([0, 1]);
    doors[1]!.reject(new Error("failed"));
    await expect(works[1]).rejects.toThrow("failed");
    expect(entered).toEqual([0, 1, 2]);
    for (const door of [doors[0]!, doors[2]!, doors[3]!]) door.resolve();
    await Promise.all([works[0], works[2], works[3]]);
    expect(entered).toEqual([0, 1, 2, 3]);
  });
});

describe("what a worker remembers of scripts", () => {
  const base = (sequence: number): MaterializationBase => ({
    state: EMPTY_STATE,
    sequence,
    openVersion: null,
  });
  const stateBytes = JSON.stringify(EMPTY_STATE).length;

  it("counts only at the sequence that it is of", () => {
    const cache = new BaseCache(10 * stateBytes);
    cache.set(S1, base(4));
    expect(cache.get(S1, 4)).toEqual(base(4));
    expect(cache.get(S1, 5)).toBeUndefined();
    expect(cache.get(S2, 4)).toBeUndefined();
  });

  it("is forgotten when it takes too much memory, what was written longest ago first", () => {
    const cache = new BaseCache(2.5 * stateBytes);
    const keys = ["a", "b", "c"].map((scriptId) => ({ tenantId: "t1", scriptId }));
    for (const key of keys.slice(0, 2)) cache.set(key, base(1));
    cache.set(keys[0]!, base(2));
    cache.set(keys[2]!, base(1));
    expect(keys.map((key) => (cache.get(key, 2) ?? cache.get(key, 1))?.sequence)).toEqual([2, undefined, 1]);
    expect(cache.delete(keys[0]!)).toBe(true);
    expect(cache.delete(keys[0]!)).toBe(false);
  });
});
