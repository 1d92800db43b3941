import { randomBytes } from "node:crypto";

/**
 * The traceparent of this process's own step in the trace that a caller names: the same trace, a new span.
 * Undefined for a header that is missing or malformed, which is then as if it had not been sent.
 *
 * Source: W3C Trace Context, section 3.2.
 */
export function continueTrace(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== "string") return undefined;
  const parts = TRACEPARENT.exec(header);
  if (!parts) return undefined;
  const { version, trace, span, flags, more } = parts.groups!;
  // A later version may say more behind what we know; version 00 may not, and ff is none.
  if (version === "ff" || (version === "00" && more !== "")) return undefined;
  if (/^0+$/u.test(trace!) || /^0+$/u.test(span!)) return undefined;
  const known = (Number.parseInt(flags!, 16) & KNOWN_FLAGS).toString(16).padStart(2, "0");
  return `00-${trace}-${randomBytes(8).toString("hex")}-${known}`;
}

const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>$|-.*$)/u;

/** sampled and random-trace-id; what is not known must be sent as 0. */
const KNOWN_FLAGS = 0b11;
