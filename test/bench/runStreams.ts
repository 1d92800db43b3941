import { setTimeout as delay } from "node:timers/promises";
import { benchHeaders } from "./api.ts";
import type { LoadJob, LoadResults, StreamsResult } from "./loadJob.ts";
import { offerEdits } from "./offerEdits.ts";
import { SseConnection } from "./sseConnection.ts";
import { quantile } from "./statistics.ts";

const PATIENCE_MS = 15_000;
/** Streams that are opened side by side. */
const OPENING = 50;

type Streams = LoadJob & { readonly kind: "streams" };

interface Arrival {
  readonly stream: number;
  readonly commandId: string;
  readonly at: number;
}

/** Edits at a fixed rate, and how long after it was due each of them reached each stream that follows it. */
export async function runStreams(job: Streams): Promise<StreamsResult> {
  const { target, streams, follows } = job;
  const arrivals: Arrival[] = [];
  const followed = (stream: number): string => target.scriptIds[stream % target.scriptIds.length]!;
  const open = await openStreams(target, streams, (stream) => ({
    path: follows === "tenant" ? "/events/stream" : `/events/stream?scriptId=${followed(stream)}`,
    onBlock: (block) => {
      const commandId = COMMAND_ID.exec(block)?.[1];
      if (commandId !== undefined) arrivals.push({ stream, commandId, at: performance.now() });
    },
  }));
  // Who follows a script hears of the others' events nothing, so no edit goes where nobody listens.
  const scriptIds = target.scriptIds.slice(0, follows === "tenant" ? undefined : streams);
  const followers = Map.groupBy(Array(streams).keys(), followed);
  const dueAt = new Map<string, number>();
  let expected = 0;
  const latencies = await offerEdits({ ...job, target: { ...target, scriptIds } }, (edit) => {
    dueAt.set(edit.commandId, edit.dueAt);
    expected += follows === "tenant" ? streams : followers.get(edit.scriptId)!.length;
  });
  const endsAt = performance.now() + PATIENCE_MS;
  while (arrivals.length < expected && performance.now() < endsAt) await delay(10);
  for (const stream of open) stream.close();
  // Events of edits before these may have been on their way when the streams were opened.
  const ours = arrivals.filter(({ commandId }) => dueAt.has(commandId));
  const delivered = new Set(ours.map(({ stream, commandId }) => `${stream} ${commandId}`)).size;
  const delays = ours.map(({ commandId, at }) => at - dueAt.get(commandId)!);
  return {
    done: latencies.length,
    perSecond: latencies.length / job.seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    delivery: {
      count: ours.length,
      p50Ms: quantile(delays, 0.5),
      p99Ms: quantile(delays, 0.99),
      maxMs: quantile(delays, 1),
      missing: expected - delivered,
      doubled: ours.length - delivered,
    },
  };
}

/** The generator has better things to do than to parse the whole event. */
const COMMAND_ID = /"commandId":"([^"]+)"/;

let held: readonly SseConnection[] = [];

/** Streams on which nothing happens, open until the next call. */
export async function holdStreams({
  url,
  tenantId,
  streams,
}: LoadJob & { readonly kind: "hold" }): Promise<LoadResults["hold"]> {
  for (const stream of held) stream.close();
  held = await openStreams({ url, tenantId }, streams, () => ({
    path: "/events/stream",
    onBlock: () => undefined,
  }));
  return { open: held.length };
}

async function openStreams(
  { url, tenantId }: { readonly url: string; readonly tenantId: string },
  count: number,
  describe: (stream: number) => { readonly path: string; readonly onBlock: (block: string) => void },
): Promise<SseConnection[]> {
  const headers = benchHeaders(tenantId);
  const streams: SseConnection[] = [];
  for (let from = 0; from < count; from += OPENING) {
    const next = Array.from({ length: Math.min(OPENING, count - from) }, (_, index) => {
      const { path, onBlock } = describe(from + index);
      return new SseConnection(url, path, headers, onBlock);
    });
    streams.push(...next);
    await Promise.all(next.map((stream) => stream.opened));
  }
  return streams;
}
