import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import { createGate } from "../kernel/gate.ts";
import type { EventFilter } from "./eventFilter.ts";
import type { FeedEvent } from "./feedEvent.ts";
import { parseHint, type FeedHint } from "./feedHint.ts";
import { FeedWindow, toReadyEvent, type ReadyEvent } from "./feedWindow.ts";
import { readFeed, type ReadFeedDeps } from "./readFeed.ts";

export interface HubDeps extends ReadFeedDeps {
  readonly prisma: Pick<PrismaClient, "eventFeedHead">;
  readonly log: Pick<Logger, "warn">;
}

export interface FeedHead {
  readonly position: number;
  /** Events up to here are deleted. */
  readonly expiredPosition: number;
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
  | { readonly kind: "expired"; readonly expiredPosition: number; readonly headPosition: number };

/**
 * One reader of a tenant's feed, with a place of its own: it asks for what comes after, at its own pace. One that
 * stands still holds nobody back and takes no memory; what it has not read is in the database.
 */
export interface Subscription {
  read(after: number, filter: EventFilter, limit: number): Promise<SubscribedPage>;
  close(): void;
}

interface TenantTail {
  window: FeedWindow;
  /** Called when the window has new events. */
  readonly listeners: Set<() => void>;
  /** Position that the window should reach. */
  wanted: number;
  reading: boolean;
}

/** Also when a thousand clients come back at once: the others wait here and not for a connection. */
const READS_AT_ONCE = 3;
/** Events of one read of a tail. */
const PAGE = 500;
/** JSON text that all windows together keep, in characters. */
const MEMORY_CHARS = 32_000_000;
/** A window keeps at least this much, however many there are. */
const LEAST_CHARS = 64_000;

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
  readonly #gate = createGate(READS_AT_ONCE);
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
   * Starts to listen. head is what readHead has said. onNews is called when a read may find something; it must
   * not throw.
   */
  subscribe(tenantId: string, head: FeedHead, onNews: () => void): Subscription {
    const tail = this.#tails.get(tenantId) ?? this.#follow(tenantId, head.position);
    tail.listeners.add(onNews);
    return {
      read: (after, filter, limit) => this.#read(tenantId, tail, { after, filter, limit }),
      close: () => {
        tail.listeners.delete(onNews);
        if (tail.listeners.size === 0 && this.#tails.get(tenantId) === tail) this.#tails.delete(tenantId);
      },
    };
  }

  /** Looks how far the feed goes; true when it has moved since the last look. Nothing to do when nobody listens. */
  async look(): Promise<boolean> {
    if (this.#tails.size === 0) return false;
    const { position } = await this.readHead();
    const moved = position > this.#known;
    this.#known = Math.max(this.#known, position);
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
      tail.window.extend([], hint.to, MEMORY_CHARS);
      tail.wanted = hint.to;
    } else this.#extend(tenantId, tail, hint.to);
  }

  #follow(tenantId: string, position: number): TenantTail {
    const tail: TenantTail = {
      window: new FeedWindow(position),
      listeners: new Set(),
      wanted: position,
      reading: false,
    };
    this.#tails.set(tenantId, tail);
    // What was heard before anybody listened to this tenant is not in its window.
    this.#extend(tenantId, tail, this.#known);
    return tail;
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
      while (tail.window.to < tail.wanted && tail.listeners.size > 0) {
        const after = tail.window.to;
        const page = await this.#gate(() =>
          readFeed(this.#deps, { tenantId, after, limit: PAGE, filter: {} }),
        );
        if (page.kind === "expired") tail.window = new FeedWindow(page.headPosition);
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
    tail.window.extend(events.map(toReadyEvent), to, room);
    if (events.length > 0) for (const onNews of tail.listeners) onNews();
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
    const page = await this.#gate(() =>
      readFeed(this.#deps, { tenantId, after, upTo: tail.window.to, limit, filter }),
    );
    if (page.kind === "expired") return page;
    const { events, next } = page;
    return { kind: "page", events: events.map(toReadyEvent), next, more: next < tail.window.to };
  }
}
