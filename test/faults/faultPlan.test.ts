import { expect, test } from "vitest";
import { planFaults } from "./faultPlan.ts";

test("the same seed plans the same faults, another one others", () => {
  expect(planFaults(7, 60)).toEqual(planFaults(7, 60));
  expect(planFaults(7, 60)).not.toEqual(planFaults(8, 60));
});

test("a minute has every kind of fault, one crash of PostgreSQL in its middle, and an end", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const plan = planFaults(seed, 60);
    expect(new Set(plan.map(({ fault }) => fault.kind)).size).toBe(8);
    const crashes = plan.filter(({ fault }) => fault.kind === "crash_postgres");
    expect(crashes).toHaveLength(1);
    expect(Math.abs(crashes[0]!.atMs - 30_000)).toBeLessThanOrEqual(6_000);
    expect(plan.every(({ atMs }) => atMs < 60_000)).toBe(true);
    expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  }
});
