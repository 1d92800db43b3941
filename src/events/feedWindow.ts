import { fits, type EventFilter, type FilteredEvent } from "./eventFilter.ts";
import type { FeedEvent } from "./feedEvent.ts";

/** An event ready to be sent: written as JSON once, however many it goes to. */
export interface ReadyEvent extends FilteredEvent {
  readonly position: number;
  readonly json: string;
}

export function toReadyEvent(event: FeedEvent): ReadyEvent {
  const { event: type, correlationId, scriptId, runId, position } = event;
  return { event: type, correlationId, scriptId, runId, position, json: JSON.stringify(event) };
}

/**
 * The newest events of one tenant, without a gap: all with from < position <= to. What is older than that is in
 * the database.
 */
export class FeedWindow {
  #from: number;
  #to: number;
  #events: ReadyEvent[] = [];
  #chars = 0;

  constructor(position: number) {
    this.#from = position;
    this.#to = position;
  }

  get to(): number {
    return this.#to;
  }

  /** Takes the events up to `to` in, and lets the oldest go when they are more than `maxChars` of JSON text. */
  extend(events: readonly ReadyEvent[], to: number, maxChars: number): void {
    for (const event of events) {
      this.#events.push(event);
      this.#chars += event.json.length;
    }
    this.#to = to;
    let gone = 0;
    while (this.#chars > maxChars && gone < this.#events.length) {
      const oldest = this.#events[gone++]!;
      this.#chars -= oldest.json.length;
      this.#from = oldest.position;
    }
    if (gone > 0) this.#events.splice(0, gone);
  }

  /** The events after a position that fit; undefined when it lies before the window. */
  read(
    after: number,
    filter: EventFilter,
    limit: number,
  ): { readonly events: readonly ReadyEvent[]; readonly next: number } | undefined {
    if (after < this.#from) return undefined;
    const events: ReadyEvent[] = [];
    for (let at = this.#firstAfter(after); at < this.#events.length; at++) {
      const event = this.#events[at]!;
      if (!fits(filter, event)) continue;
      events.push(event);
      if (events.length === limit) return { events, next: event.position };
    }
    return { events, next: Math.max(after, this.#to) };
  }

  #firstAfter(position: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
