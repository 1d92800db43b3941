import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import { createGate } from "../kernel/gate.ts";
import type { EventFilter } from "./eventFilter.ts";
import type { FeedEvent } from "./feedEvent.ts";
import type { FeedHead } from "./feedHead.ts";
import { parseHint, type FeedHint } from "./feedHint.ts";
import { toReadyEvent, type ReadyEvent } from "./feedWindow.ts";
import { readFeed, type ReadFeedDeps } from "./readFeed.ts";
import { TenantTail } from "./tenantTail.ts";

export interface HubDeps extends ReadFeedDeps {
  readonly prisma: Pick<PrismaClient, "eventFeedHead">;
  readonly log: Pick<Logger, "warn">;
}

export type SubscribedPage =
  | {
      readonly kind: "page";
      readonly events: readonly ReadyEvent[];
      /** Position of the next read. */
      readonly next: number;
      /** Whether there is more to read at once. */
      readonly more: boolean;
    }
  | { readonly kind: "expired"; readonly expiredPosition: number; readonly headPosition: number }
  /** The feed has gone back to this head, and never came to the reader's place. */
  | { readonly kind: "rewound"; readonly head: FeedHead };

/**
 * One reader of a tenant's feed, with a place of its own: it asks for what comes after, at its own pace. One that
 * stands still holds nobody back and takes no memory; what it has not read is in the database.
 */
export interface Subscription {
  read(after: number, limit: number): Promise<SubscribedPage>;
  close(): void;
}

/**
 * Reads at once of what is new, and of what readers have to catch up with: when a thousand clients come back
 * together they wait for each other here, and nobody who is up to date waits for them.
 */
const TAIL_READS = 2;
const CATCH_UP_READS = 2;
/** Events of one read of a tail. */
const PAGE = 500;
/** JSON text that all windows together keep, in characters. */
const MEMORY_CHARS = 32_000_000;
/** A window keeps at least this much, however many there are: with 5,000 tenants 80 MB. */
const LEAST_CHARS = 16_000;

/**
 * Follows the feed for the tenants that somebody in this process listens to. It reads a tenant's new events
 * once, for all who listen to that tenant.
 *
 * Each window covers a range of positions without a gap, and a reader with a position in that range reads from
 * it, before it from the database. So nothing is lost or doubled between catching up and going on live: it is the
 * same read at another position.
 */
export class EventHub {
  readonly #deps: HubDeps;
  readonly #tails = new Map<string, TenantTail>();
  readonly #tailReads = createGate(TAIL_READS);
  readonly #catchUpReads = createGate(CATCH_UP_READS);
  /** Head of the feed as far as this process knows. */
  #known = 0;

  constructor(deps: HubDeps) {
    this.#deps = deps;
  }

  /** The head as it is now. */
  async readHead(): Promise<FeedHead> {
    const head = await this.#deps.prisma.eventFeedHead.findUniqueOrThrow({
      where: { id: 1 },
      select: { position: true, expiredPosition: true },
    });
    return { position: Number(head.position), expiredPosition: Number(head.expiredPosition) };
  }

  /**
   * Starts to listen to what fits. head is what readHead has said. onNews is called when a read may find something;
   * it must not throw.
   */
  subscribe(
    { tenantId, filter }: { readonly tenantId: string; readonly filter: EventFilter },
    head: FeedHead,
    onNews: () => void,
  ): Subscription {
    const tail = this.#tails.get(tenantId) ?? this.#follow(tenantId, head.position);
    const reader = tail.join(filter, onNews);
    let { rewound } = tail;
    return {
      read: async (after, limit) => {
        if (tail.rewound && tail.rewound !== rewound) {
          rewound = tail.rewound;
          if (after > rewound.position) return { kind: "rewound", head: rewound };
        }
        const from = after === reader.next ? reader.clearTo : after;
        const page = await this.#read(tenantId, tail, { after: from, filter, limit });
        if (page.kind === "page") reader.next = reader.clearTo = page.next;
        return page;
      },
      close: () => {
        tail.leave(reader);
        if (!tail.isFollowed && this.#tails.get(tenantId) === tail) this.#tails.delete(tenantId);
      },
    };
  }

  /** Looks how far the feed goes; true when it has moved since the last look. Nothing to do when nobody listens. */
  async look(): Promise<boolean> {
    if (this.#tails.size === 0) return false;
    const before = this.#known;
    const head = await this.readHead();
    if (head.position < before) this.#goBack(head);
    const moved = head.position > this.#known;
    this.#known = Math.max(this.#known, head.position);
    for (const [tenantId, tail] of this.#tails) this.#extend(tenantId, tail, this.#known);
    return moved;
  }

  /** Takes a stamper's word for what it has just stamped. */
  hear(text: string): void {
    const hint = parseHint(text);
    if (!hint || hint.to <= this.#known) return;
    // Only where the hints have no gap do they say which tenants have nothing new.
    const concerned = hint.after === this.#known ? hint.tenants : undefined;
    this.#known = hint.to;
    for (const [tenantId, tail] of this.#tails) this.#tell(tenantId, tail, hint, concerned);
  }

  #tell(tenantId: string, tail: TenantTail, hint: FeedHint, concerned: FeedHint["tenants"]): void {
    const hasNothing = concerned !== undefined && !concerned.includes(tenantId);
    if (hasNothing && !tail.reading && tail.window.to === hint.after) {
      tail.extend([], hint.to, MEMORY_CHARS);
      tail.wanted = hint.to;
    } else this.#extend(tenantId, tail, hint.to);
  }

  #follow(tenantId: string, position: number): TenantTail {
    const tail = new TenantTail(position);
    this.#tails.set(tenantId, tail);
    // What was heard before anybody listened to this tenant is not in its window.
    this.#extend(tenantId, tail, this.#known);
    return tail;
  }

  /**
   * What was committed is gone: the database was restored, or a replica took over that had not had it all. The
   * positions will be given to other events, so nothing beyond the head may be taken for known.
   */
  #goBack(head: FeedHead): void {
    this.#deps.log.warn({ known: this.#known, ...head }, "the feed has gone back; streams are told");
    this.#known = head.position;
    for (const tail of this.#tails.values()) tail.goBack(head);
  }

  #extend(tenantId: string, tail: TenantTail, wanted: number): void {
    tail.wanted = Math.max(tail.wanted, wanted);
    if (tail.reading || tail.window.to >= tail.wanted) return;
    // What cannot be read stays wanted, and the next look tries again.
    this.#readAhead(tenantId, tail).catch((error: unknown) =>
      this.#deps.log.warn({ err: error, tenantId }, "the feed could not be read"),
    );
  }

  async #readAhead(tenantId: string, tail: TenantTail): Promise<void> {
    tail.reading = true;
    try {
      while (tail.window.to < tail.wanted && tail.isFollowed) {
        const { window } = tail;
        const after = window.to;
        const page = await this.#tailReads(() =>
          readFeed(this.#deps, { tenantId, after, limit: PAGE, filter: {} }),
        );
        // The feed went back meanwhile.
        if (tail.window !== window) continue;
        if (page.kind === "expired") tail.beginAnew(page.headPosition);
        else if (page.next === after) return;
        else this.#fill(tail, page.events, page.next);
      }
    } finally {
      // In the same turn as the last look at `wanted`, so that nobody who raises it relies on us in vain.
      tail.reading = false;
    }
  }

  #fill(tail: TenantTail, events: readonly FeedEvent[], to: number): void {
    const room = Math.max(LEAST_CHARS, MEMORY_CHARS / this.#tails.size);
    tail.extend(events.map(toReadyEvent), to, room);
  }

  async #read(
    tenantId: string,
    tail: TenantTail,
    {
      after,
      filter,
      limit,
    }: { readonly after: number; readonly filter: EventFilter; readonly limit: number },
  ): Promise<SubscribedPage> {
    const found = tail.window.read(after, filter, limit);
    if (found) return { kind: "page", ...found, more: found.next < tail.window.to };
    const page = await this.#catchUpReads(() =>
      readFeed(this.#deps, { tenantId, after, upTo: tail.window.to, limit, filter }),
    );
    if (page.kind === "expired") return page;
    const { events, next } = page;
    return { kind: "page", events: events.map(toReadyEvent), next, more: next < tail.window.to };
  }
}
