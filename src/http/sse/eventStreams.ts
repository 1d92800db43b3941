import type { ServerResponse } from "node:http";
import type { EventFilter } from "../../events/eventFilter.ts";
import type { EventHub, FeedHead } from "../../events/eventHub.ts";
import { resumeFrom } from "./resumeFrom.ts";
import { SseWriter } from "./sseWriter.ts";
import { streamFeed } from "./streamFeed.ts";

export interface StreamOptions {
  /** Streams that this process serves at a time; of one tenant; of one token. */
  readonly perProcess: number;
  readonly perTenant: number;
  readonly perToken: number;
  readonly heartbeatMs: number;
  /** How long a client may leave what was sent unread before it is cut off. */
  readonly stallMs: number;
}

export interface StreamOwner {
  readonly tenantId: string;
  readonly tokenId: string;
}

export type StreamPlace =
  | { readonly kind: "place"; readonly leave: () => void }
  | { readonly kind: "full"; readonly of: "process" | "tenant" | "token"; readonly limit: number }
  /** The process is stopping. */
  | { readonly kind: "ending" };

/** The event streams of this process: how many there are, and an end to them all. */
export class EventStreams {
  readonly #hub: Pick<EventHub, "readHead" | "subscribe">;
  readonly #options: StreamOptions;
  readonly #counts = new Map<string, number>();
  readonly #open = new Map<SseWriter, Promise<void>>();
  #count = 0;
  #isEnding = false;

  constructor(hub: Pick<EventHub, "readHead" | "subscribe">, options: StreamOptions) {
    this.#hub = hub;
    this.#options = options;
  }

  /** Streams that are open now. */
  get count(): number {
    return this.#count;
  }

  /** Where the feed stands. */
  readHead(): Promise<FeedHead> {
    return this.#hub.readHead();
  }

  /** Takes a place for one stream. Whoever gets one must leave it. */
  enter({ tenantId, tokenId }: StreamOwner): StreamPlace {
    if (this.#isEnding) return { kind: "ending" };
    const { perProcess, perTenant, perToken } = this.#options;
    const tenant = `tenant ${tenantId}`;
    const token = `token ${tenantId} ${tokenId}`;
    if (this.#count >= perProcess) return { kind: "full", of: "process", limit: perProcess };
    if (this.#countOf(tenant) >= perTenant) return { kind: "full", of: "tenant", limit: perTenant };
    if (this.#countOf(token) >= perToken) return { kind: "full", of: "token", limit: perToken };
    const names = [tenant, token];
    for (const name of names) this.#counts.set(name, this.#countOf(name) + 1);
    this.#count++;
    let hasLeft = false;
    return {
      kind: "place",
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        this.#count--;
        for (const name of names) this.#leave(name);
      },
    };
  }

  /** Streams to a response whose head is out, until the client goes or the streams are ended. */
  async serve(
    response: ServerResponse,
    input: {
      readonly tenantId: string;
      readonly filter: EventFilter;
      readonly lastEventId: string | undefined;
      readonly head: FeedHead;
    },
  ): Promise<void> {
    const writer = new SseWriter(response, this.#options.stallMs);
    const { tenantId, filter, head } = input;
    const subscription = this.#hub.subscribe(tenantId, head, writer.wake);
    const { after, reset } = resumeFrom(input.lastEventId, head);
    const { heartbeatMs } = this.#options;
    const served = streamFeed(writer, { subscription, filter, after, reset, heartbeatMs });
    this.#open.set(writer, served);
    if (this.#isEnding) writer.end();
    try {
      await served;
      response.end();
    } finally {
      subscription.close();
      this.#open.delete(writer);
    }
  }

  /** Opens no more streams and ends those that are open. Their clients come back, elsewhere. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const served = [...this.#open.values()];
    for (const writer of this.#open.keys()) writer.end();
    await Promise.allSettled(served);
  }

  #countOf(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  #leave(name: string): void {
    const left = this.#countOf(name) - 1;
    if (left > 0) this.#counts.set(name, left);
    else this.#counts.delete(name);
  }
}
