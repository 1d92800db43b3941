import { setTimeout as delay } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import type { FeedEvent } from "../../../src/events/feedEvent.ts";

/** Follows the event stream of a tenant, and comes back with the id it had last whenever it breaks. */
export interface Subscriber {
  readonly tenantId: string;
  /** Events by position, repeats dropped. */
  readonly events: ReadonlyMap<number, FeedEvent>;
  /** How often it came back. */
  readonly reconnects: number;
  /** Events that came more than once. */
  readonly repeats: number;
  /** What should not have come, in sentences. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

/** A stream says something each second; one that is silent for so long is dead. */
const SILENCE_MS = 6_000;

export function startSubscriber(
  deps: { readonly urls: () => readonly string[] },
  tenantId: string,
): Subscriber {
  const events = new Map<number, FeedEvent>();
  const seen = { reconnects: -1, repeats: 0, complaints: [] as string[] };
  const stopping = new AbortController();
  // From the beginning of the feed.
  let last = 0;

  function take(event: FeedEvent): void {
    const { position, id } = event;
    const before = events.get(position);
    if (event.tenantId !== tenantId) seen.complaints.push(`Event ${id} is of tenant ${event.tenantId}.`);
    if (before && before.id !== id) seen.complaints.push(`Position ${position} is ${before.id} and ${id}.`);
    if (before) seen.repeats++;
    if (position <= last) seen.complaints.push(`Position ${position} came after ${last}.`);
    events.set(position, event);
    last = position;
  }

  async function follow(url: string): Promise<void> {
    const gone = new AbortController();
    const watch = setTimeout(() => gone.abort(), SILENCE_MS);
    const parser = createParser({
      onEvent: ({ event, data }) => {
        if (event === "reset") seen.complaints.push(`The stream was reset: ${data}`);
        else take(JSON.parse(data) as FeedEvent);
      },
    });
    try {
      const response = await fetch(`${url}/events/stream`, {
        headers: {
          authorization: "Bearer dev-token",
          "x-tenant-id": tenantId,
          "last-event-id": String(last),
        },
        signal: AbortSignal.any([gone.signal, stopping.signal]),
      });
      if (!response.ok) return;
      seen.reconnects++;
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        watch.refresh();
        parser.feed(text);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  async function run(): Promise<void> {
    for (let turn = Math.round(Math.random()); !stopping.signal.aborted; turn++) {
      const urls = deps.urls();
      // Not the one that has just failed, when there is another.
      const url = urls[turn % urls.length];
      if (url !== undefined) await follow(url).catch(() => undefined);
      await delay(100);
    }
  }

  const ended = run();
  return {
    tenantId,
    events,
    get reconnects() {
      return Math.max(0, seen.reconnects);
    },
    get repeats() {
      return seen.repeats;
    },
    complaints: seen.complaints,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
