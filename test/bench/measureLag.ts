import { drain } from "./drain.ts";
import type { PacedResult, Target } from "./loadJob.ts";
import type { Bench } from "./openBench.ts";
import type { BenchOptions } from "./options.ts";
import { median } from "./statistics.ts";

export interface LagResult {
  readonly offeredPerSecond: number;
  readonly donePerSecond: number;
  readonly editP50Ms: number;
  readonly editP99Ms: number;
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
  /** Edits that were not materialized 15 s after the last one. */
  readonly missing: number;
}

/** How long after its answer an edit is materialized, at a fixed rate of edits. */
export async function measureLag(
  { load, ownerUrl }: Bench,
  target: Target,
  { rate, rounds, seconds }: BenchOptions,
): Promise<LagResult> {
  const runs: PacedResult[] = [];
  for (let round = 0; round < rounds; round++) {
    runs.push(await load.run({ kind: "paced", target, databaseUrl: ownerUrl, rate, seconds }));
    await drain(ownerUrl);
  }
  const of = (pick: (run: PacedResult) => number): number => median(runs.map(pick));
  return {
    offeredPerSecond: rate,
    donePerSecond: of((run) => run.perSecond),
    editP50Ms: of((run) => run.p50Ms),
    editP99Ms: of((run) => run.p99Ms),
    lagP50Ms: of((run) => run.lag.p50Ms),
    lagP99Ms: of((run) => run.lag.p99Ms),
    lagMaxMs: Math.max(...runs.map((run) => run.lag.maxMs)),
    missing: runs.reduce((sum, run) => sum + run.lag.missing, 0),
  };
}
