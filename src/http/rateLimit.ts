import { MemoryStore, type Options } from "express-rate-limit";
import { problem, type Problem } from "./problems.ts";

/** Counts requests of a caller; past the limit there is a problem to answer with. */
export interface RateLimit {
  count(caller: string): Promise<RateCount>;
}

export interface RateLimits {
  /** For those whose token is good, by token. */
  readonly tokens: RateLimit;
  /** For requests without a good token, by address. */
  readonly strangers: RateLimit;
}

export interface RateCount {
  /** RateLimit and RateLimit-Policy. */
  readonly headers: Readonly<Record<string, string>>;
  readonly refused: Problem | undefined;
}

const WINDOW_SECONDS = 60;

/**
 * Counts requests per caller and minute, in this process alone: behind n processes a caller has up to n times
 * the limit.
 *
 * The store of express-rate-limit without its middleware: that one runs before anybody knows who asks, so it
 * would count by a header that costs an attacker nothing to change.
 *
 * Source: IETF draft-ietf-httpapi-ratelimit-headers-08.
 */
export function createRateLimit(name: string, limit: number): RateLimit {
  const store = new MemoryStore();
  store.init({ windowMs: WINDOW_SECONDS * 1_000 } as Options);
  const policy = `"${name}"; q=${limit}; w=${WINDOW_SECONDS}`;
  return {
    count: async (caller) => {
      const { totalHits, resetTime } = await store.increment(caller);
      const resetMs = (resetTime?.getTime() ?? Date.now()) - Date.now();
      const resetSeconds = Math.max(1, Math.ceil(resetMs / 1_000));
      const left = Math.max(0, limit - totalHits);
      const headers = {
        "ratelimit-policy": policy,
        ratelimit: `"${name}"; r=${left}; t=${resetSeconds}`,
      };
      return { headers, refused: totalHits > limit ? tooMany(limit, resetSeconds, headers) : undefined };
    },
  };
}

function tooMany(limit: number, resetSeconds: number, headers: RateCount["headers"]): Problem {
  return problem(
    "rate_limited",
    `More than ${limit} requests came in a minute. Send the next one in ${resetSeconds} s.`,
    { headers: { ...headers, "retry-after": String(resetSeconds) } },
  );
}
