import type { ReadyEvent } from "../../events/feedWindow.ts";

/*
 * The text of an event stream. A block with an id and no data is not shown to the program behind an EventSource,
 * but the browser keeps the id and sends it when it connects again.
 *
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

/**
 * How to come back: after how many ms, and from where. The place goes out before the first event, so that a
 * client which is cut off before it has had one comes back to where it began and not to a later head.
 */
export function openingFrame(retryMs: number, position: number): string {
  return `retry: ${retryMs}\nid: ${position}\n\n`;
}

/** JSON text has no line breaks, so it is one line of data. */
export function eventFrame({ position, json }: Pick<ReadyEvent, "position" | "json">): string {
  return `id: ${position}\ndata: ${json}\n\n`;
}

/** Keeps proxies from taking the stream for dead, and the client's place from growing old while nothing fits it. */
export function heartbeatFrame(position: number): string {
  return `: heartbeat\nid: ${position}\n\n`;
}

/** Tells the client that it has missed events, or that its place is none. */
export interface Reset {
  /** expired: these events are deleted. malformed: no number. ahead: the feed has not come that far, ever. */
  readonly reason: "expired" | "malformed" | "ahead";
  /** What the client sent. */
  readonly lastEventId: string;
  /** The stream goes on after this position. */
  readonly position: number;
  /** The first position that is still kept. */
  readonly firstPosition: number;
  readonly message: string;
}

export function resetFrame(reset: Reset): string {
  return `id: ${reset.position}\nevent: reset\ndata: ${JSON.stringify(reset)}\n\n`;
}

/** Why the server ends a stream. After stopping and age the client comes back by itself; otherwise it is refused. */
export type StreamEnd = "stopping" | "age" | "expired" | "revoked";

const LAST_WORDS: Readonly<Record<StreamEnd, string>> = {
  stopping: "the server is stopping",
  age: "the stream has been open for long",
  expired: "the credential has expired",
  revoked: "the token was revoked",
};

/** A last word before the server ends the stream. */
export function goodbyeFrame(why: StreamEnd): string {
  return `: ${LAST_WORDS[why]}\n\n`;
}
