import type { SubscribedPage, Subscription } from "../../events/eventHub.ts";
import { eventFrame, heartbeatFrame, openingFrame, resetFrame, type Reset } from "./frames.ts";
import { toReset } from "./resumeFrom.ts";
import type { SseWriter } from "./sseWriter.ts";

export interface StreamFeedInput {
  readonly subscription: Subscription;
  readonly after: number;
  readonly reset: Reset | undefined;
  readonly heartbeatMs: number;
}

/** Events of one read. */
const PAGE = 100;
/** A block is written at once; four of them, and node asks to wait. */
const BLOCK_CHARS = 16_000;

/** Sends a subscription's events until the client goes or the stream is ended; the last word is for the caller. */
export async function streamFeed(writer: SseWriter, input: StreamFeedInput): Promise<void> {
  let { after } = input;
  // Clients that were cut off together come back one after the other.
  await writer.write(openingFrame(1_000 + Math.floor(Math.random() * 2_000), after));
  if (input.reset) await writer.write(resetFrame(input.reset));
  let heartbeatAt = performance.now() + input.heartbeatMs;
  while (!writer.isOver) {
    const sent = await sendPage(writer, input.subscription, after);
    if (sent.hasEvents) heartbeatAt = performance.now() + input.heartbeatMs;
    after = sent.after;
    if (sent.next === "slow") await writer.untilRead();
    if (sent.next !== "wait") continue;
    if (performance.now() >= heartbeatAt) {
      await writer.write(heartbeatFrame(after));
      heartbeatAt = performance.now() + input.heartbeatMs;
    }
    await writer.untilNews(heartbeatAt - performance.now());
  }
}

interface Sent {
  /** The client has had everything up to here. */
  readonly after: number;
  readonly hasEvents: boolean;
  /** slow: the client must read first. more: there is more to send. wait: until there is news. */
  readonly next: "slow" | "more" | "wait";
}

/**
 * Reads the next page and sends what the client takes of it. What it does not take is dropped, and read again when
 * it has caught up: that costs a slow client a read, and the process no memory meanwhile.
 */
async function sendPage(writer: SseWriter, subscription: Subscription, after: number): Promise<Sent> {
  const page = await subscription.read(after, PAGE);
  if (page.kind !== "page") {
    const reset = resetOf(page, after);
    await writer.write(resetFrame(reset));
    return { after: reset.position, hasEvents: true, next: "more" };
  }
  const { events } = page;
  let block = "";
  for (const event of events) {
    block += eventFrame(event);
    if (block.length < BLOCK_CHARS && event !== events.at(-1)) continue;
    if (!(await writer.write(block))) return { after: event.position, hasEvents: true, next: "slow" };
    block = "";
  }
  return { after: page.next, hasEvents: events.length > 0, next: page.more ? "more" : "wait" };
}

function resetOf(page: Exclude<SubscribedPage, { kind: "page" }>, after: number): Reset {
  if (page.kind === "rewound") return toReset("ahead", String(after), page.head);
  const { expiredPosition, headPosition: position } = page;
  return toReset("expired", String(after), { position, expiredPosition });
}
