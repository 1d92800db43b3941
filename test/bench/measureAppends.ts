import { drain } from "./drain.ts";
import type { LoadResult, Target } from "./loadJob.ts";
import type { Bench } from "./openBench.ts";
import type { BenchOptions } from "./options.ts";
import { median } from "./statistics.ts";

export interface AppendsRow {
  readonly connections: number;
  readonly floorPerSecond: number;
  readonly floorP50Ms: number;
  readonly floorP99Ms: number;
  readonly editsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Edits per second as a share of the floor. */
  readonly ofFloor: number;
  /** From the last answer until the worker had caught up. */
  readonly drainMs: number;
}

const WARM_UP_SECONDS = 2;
const WARM_UP_CONNECTIONS = 32;

/**
 * Edits per second through HTTP, one command a request, beside bare inserts on the same server. Floor and edits
 * take turns in every round, because a machine's disk is not the same from one minute to the next.
 */
export async function measureAppends(
  { load, ownerUrl }: Bench,
  target: Target,
  { connections, rounds, seconds }: BenchOptions,
  tell: (text: string) => void,
): Promise<AppendsRow[]> {
  await load.run({ kind: "edits", target, connections: WARM_UP_CONNECTIONS, seconds: WARM_UP_SECONDS });
  await drain(ownerUrl);
  const results = new Map<number, { floor: LoadResult; edits: LoadResult; drainMs: number }[]>();
  for (let round = 1; round <= rounds; round++)
    for (const count of connections) {
      const floor = await load.run({ kind: "floor", databaseUrl: ownerUrl, connections: count, seconds });
      const edits = await load.run({ kind: "edits", target, connections: count, seconds });
      const drainMs = await drain(ownerUrl);
      results.set(count, [...(results.get(count) ?? []), { floor, edits, drainMs }]);
      tell(
        `round ${round}, ${count} connections: floor ${floor.perSecond.toFixed(0)}/s, edits ${edits.perSecond.toFixed(0)}/s`,
      );
    }
  return [...results].map(([count, runs]) => {
    const of = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick));
    return {
      connections: count,
      floorPerSecond: of(({ floor }) => floor.perSecond),
      floorP50Ms: of(({ floor }) => floor.p50Ms),
      floorP99Ms: of(({ floor }) => floor.p99Ms),
      editsPerSecond: of(({ edits }) => edits.perSecond),
      p50Ms: of(({ edits }) => edits.p50Ms),
      p99Ms: of(({ edits }) => edits.p99Ms),
      ofFloor: of(({ floor, edits }) => edits.perSecond / floor.perSecond),
      drainMs: of((run) => run.drainMs),
    };
  });
}
