import { setTimeout as delay } from "node:timers/promises";
import { drain } from "./drain.ts";
import type { Follows, StreamsResult, Target } from "./loadJob.ts";
import type { Bench } from "./openBench.ts";
import type { BenchOptions } from "./options.ts";
import { readMemory } from "./readMemory.ts";
import { median } from "./statistics.ts";

export interface StreamsRow {
  readonly streams: number;
  readonly follows: Follows;
  readonly editsPerSecond: number;
  /** Events that reached a stream. */
  readonly deliveriesPerSecond: number;
  readonly editP50Ms: number;
  /** From the moment an edit was due until its event had reached a stream: with the edit itself. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly missing: number;
  readonly doubled: number;
}

export interface IdleStreams {
  readonly streams: number;
  /** Resident memory of the service without them, and what they add to it. */
  readonly beforeMb: number;
  readonly addedMb: number;
}

export interface StreamsReport {
  readonly idle: IdleStreams;
  readonly rows: readonly StreamsRow[];
}

/** More than that one process that reads them all would be what is measured. */
const MOST_DELIVERIES_PER_SECOND = 20_000;
/** Opened and closed before, so that what is counted is streams and not code that runs for the first time. */
const WARM_UP_STREAMS = 50;
/** Until the service has thrown away what opening the streams took. */
const SETTLE_MS = 3_000;

/** Memory of streams on which nothing happens, and how soon edits reach streams, many and few. */
export async function measureStreams(
  bench: Bench,
  target: Target,
  options: BenchOptions,
  tell: (text: string) => void,
): Promise<StreamsReport> {
  // Its memory is that of a service that has just been started, and not what the parts before left behind.
  await bench.restartService();
  const idle = await measureIdle(bench, Math.max(...options.streams));
  tell(
    `${idle.streams} idle streams: ${idle.addedMb.toFixed(0)} MB on top of ${idle.beforeMb.toFixed(0)} MB`,
  );
  const rows: StreamsRow[] = [];
  for (const streams of options.streams)
    for (const follows of ["script", "tenant"] as const) {
      const row = await measureDelivery(bench, { ...target, url: bench.service.url }, options, {
        streams,
        follows,
      });
      tell(
        `${streams} streams of a ${follows}: ${row.deliveriesPerSecond.toFixed(0)} deliveries/s, p99 ${row.p99Ms.toFixed(0)} ms`,
      );
      rows.push(row);
    }
  return { idle, rows };
}

async function measureIdle({ load, service }: Bench, streams: number): Promise<IdleStreams> {
  const hold = async (count: number): Promise<number> => {
    await load.run({ kind: "hold", url: service.url, tenantId: "bench", streams: count });
    await delay(SETTLE_MS);
    return readMemory(service.pid).rssMb;
  };
  await hold(WARM_UP_STREAMS);
  const beforeMb = await hold(0);
  const addedMb = (await hold(streams)) - beforeMb;
  await load.run({ kind: "hold", url: service.url, tenantId: "bench", streams: 0 });
  return { streams, beforeMb, addedMb };
}

async function measureDelivery(
  { load, ownerUrl }: Bench,
  target: Target,
  { rounds, seconds, streamRate }: BenchOptions,
  { streams, follows }: { readonly streams: number; readonly follows: Follows },
): Promise<StreamsRow> {
  const rate = follows === "script" ? streamRate : Math.min(streamRate, MOST_DELIVERIES_PER_SECOND / streams);
  const job = { kind: "streams", target, streams, follows, rate } as const;
  const runs: StreamsResult[] = [];
  // The first shows the streams' code to the compiler.
  for (let round = 0; round <= rounds; round++) {
    const run = await load.run({ ...job, seconds: round === 0 ? 1 : seconds });
    if (round > 0) runs.push(run);
    await drain(ownerUrl);
  }
  const of = (pick: (run: StreamsResult) => number): number => median(runs.map(pick));
  const sum = (pick: (run: StreamsResult) => number): number =>
    runs.reduce((total, run) => total + pick(run), 0);
  return {
    streams,
    follows,
    editsPerSecond: of((run) => run.perSecond),
    deliveriesPerSecond: of((run) => run.delivery.count / seconds),
    editP50Ms: of((run) => run.p50Ms),
    p50Ms: of((run) => run.delivery.p50Ms),
    p99Ms: of((run) => run.delivery.p99Ms),
    maxMs: Math.max(...runs.map((run) => run.delivery.maxMs)),
    missing: sum((run) => run.delivery.missing),
    doubled: sum((run) => run.delivery.doubled),
  };
}
