import type { ServerResponse } from "node:http";
import type { EventFilter } from "../../events/eventFilter.ts";
import type { EventHub } from "../../events/eventHub.ts";
import type { FeedHead } from "../../events/feedHead.ts";
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
  /** Longest life of a stream; each gets up to a fifth less, so that those opened together do not end together. */
  readonly lifeMs: number;
}

export interface StreamOwner {
  readonly tenantId: string;
  readonly tokenId: string;
}

interface OpenStream {
  readonly owner: StreamOwner;
  readonly served: Promise<void>;
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
  readonly #open = new Map<SseWriter, OpenStream>();
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
    const token = `token ${keyOf({ tenantId, tokenId })}`;
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

  /** Streams to a response whose head is out, until the client goes, its time is over or the streams are ended. */
  async serve(
    response: ServerResponse,
    input: {
      readonly owner: StreamOwner;
      /** When its credential ends; undefined: it does not by itself. */
      readonly expiresAt: Date | undefined;
      readonly filter: EventFilter;
      readonly lastEventId: string | undefined;
      readonly head: FeedHead;
    },
  ): Promise<void> {
    const writer = new SseWriter(response, this.#options.stallMs);
    const { owner, filter, head } = input;
    const subscription = this.#hub.subscribe({ tenantId: owner.tenantId, filter }, head, writer.wake);
    const { after, reset } = resumeFrom(input.lastEventId, head);
    const { heartbeatMs } = this.#options;
    const served = streamFeed(writer, { subscription, after, reset, heartbeatMs });
    this.#open.set(writer, { owner, served });
    if (this.#isEnding) writer.end("stopping");
    const last = this.#planEnd(input.expiresAt);
    const timer = setTimeout(() => writer.end(last.why), last.inMs).unref();
    try {
      await served;
    } finally {
      clearTimeout(timer);
      subscription.close();
      this.#open.delete(writer);
    }
    await writer.finish();
  }

  /** Whose streams are open, each once. */
  owners(): StreamOwner[] {
    const owners = [...this.#open.values()].map(({ owner }) => [keyOf(owner), owner] as const);
    return [...new Map(owners).values()];
  }

  /** Ends the streams of a token that is no longer good. */
  revoke(revoked: StreamOwner): void {
    for (const [writer, { owner }] of this.#open) if (keyOf(owner) === keyOf(revoked)) writer.end("revoked");
  }

  /** Opens no more streams and ends those that are open. Their clients come back, elsewhere. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const served = [...this.#open.values()].map((stream) => stream.served);
    for (const writer of this.#open.keys()) writer.end("stopping");
    await Promise.allSettled(served);
  }

  #planEnd(expiresAt: Date | undefined): { readonly why: "age" | "expired"; readonly inMs: number } {
    const ageMs = this.#options.lifeMs * (1 - Math.random() / 5);
    const leftMs = expiresAt ? expiresAt.getTime() - Date.now() : Number.POSITIVE_INFINITY;
    return leftMs < ageMs ? { why: "expired", inMs: leftMs } : { why: "age", inMs: ageMs };
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

/** Tenant ids have no blanks. */
function keyOf({ tenantId, tokenId }: StreamOwner): string {
  return `${tenantId} ${tokenId}`;
}
