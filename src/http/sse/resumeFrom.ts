import type { FeedHead } from "../../events/feedHead.ts";
import type { Reset } from "./frames.ts";

/**
 * Where a stream begins: after the position that the client has, at the head when it names none, and at the head
 * with a reset when it cannot go on where it was.
 */
export function resumeFrom(
  lastEventId: string | undefined,
  head: FeedHead,
): { readonly after: number; readonly reset?: Reset } {
  if (lastEventId === undefined) return { after: head.position };
  const position = readPosition(lastEventId);
  const reason = position === undefined ? "malformed" : whyNot(position, head);
  if (position !== undefined && reason === undefined) return { after: position };
  return { after: head.position, reset: toReset(reason ?? "malformed", lastEventId, head) };
}

export function toReset(reason: Reset["reason"], lastEventId: string, head: FeedHead): Reset {
  return {
    reason,
    lastEventId: lastEventId.slice(0, 200),
    position: head.position,
    firstPosition: head.expiredPosition + 1,
    message: MESSAGES[reason],
  };
}

const MESSAGES: Readonly<Record<Reset["reason"], string>> = {
  expired:
    "Events after your last one are deleted. Read the present state anew; the stream goes on after `position`.",
  malformed: "Last-Event-ID is no position of this feed. The stream goes on after `position`.",
  ahead:
    "Last-Event-ID is ahead of this feed, so it is of another one, or of before a restore. Read the present state anew; the stream goes on after `position`.",
};

/** A position as an id says it; undefined when it is none. */
function readPosition(text: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,14})$/u.test(text) ? Number(text) : undefined;
}

function whyNot(position: number, head: FeedHead): Reset["reason"] | undefined {
  if (position > head.position) return "ahead";
  return position < head.expiredPosition ? "expired" : undefined;
}
