import type { IncomingHttpHeaders } from "node:http";

/** How long to wait for the materializer, and what Preference-Applied says when the caller had a preference. */
export interface PreferredWait {
  readonly waitMs: number;
  readonly applied: string | undefined;
}

/** Longest wait in seconds: proxies in between give up at about that time. */
const MAX_WAIT_SECONDS = 60;

/**
 * Reads "Prefer: wait=N" and "Prefer: respond-async". A preference that is not understood is passed over.
 *
 * Source: RFC 7240.
 */
export function preferredWait(headers: IncomingHttpHeaders, defaultWaitSeconds: number): PreferredWait {
  const preferences = (headers.prefer === undefined ? "" : String(headers.prefer))
    .split(",")
    .map((part) => part.trim().toLowerCase());
  for (const preference of preferences) {
    const seconds = /^wait\s*=\s*"?([0-9]{1,9})"?$/u.exec(preference)?.[1];
    if (seconds === undefined) continue;
    const waitSeconds = Math.min(Number(seconds), MAX_WAIT_SECONDS);
    return { waitMs: waitSeconds * 1_000, applied: `wait=${waitSeconds}` };
  }
  if (preferences.includes("respond-async")) return { waitMs: 0, applied: "respond-async" };
  return { waitMs: defaultWaitSeconds * 1_000, applied: undefined };
}
