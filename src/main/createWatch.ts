import type { Database } from "../db/openDatabase.ts";
import { createLiveBeats } from "../db/liveBeats.ts";
import { createMetrics, type Metrics } from "../http/metrics.ts";
import { createRateLimit, type RateLimits } from "../http/rateLimit.ts";
import type { Config } from "./config.ts";
import { createReadiness, type Readiness } from "./readiness.ts";

/** What an API process tells those who watch over it. */
export function createWatch(
  deps: {
    readonly database: Pick<Database, "prisma" | "pool">;
    readonly now: () => Date;
  },
  config: Pick<Config, "READY_HEARTBEAT_SECONDS">,
): { readonly metrics: Metrics; readonly readiness: Readiness } {
  const silenceSeconds = config.READY_HEARTBEAT_SECONDS;
  const liveBeats = createLiveBeats({ prisma: deps.database.prisma, now: deps.now }, silenceSeconds);
  return {
    metrics: createMetrics({ liveBeats, pool: deps.database.pool }),
    readiness: createReadiness({ liveBeats }, { silenceSeconds }),
  };
}

/** Undefined: nobody is limited. */
export function createRateLimits(
  config: Pick<Config, "RATE_LIMIT_PER_MINUTE" | "AUTHORIZATION_FAILURES_PER_MINUTE">,
): RateLimits | undefined {
  if (config.RATE_LIMIT_PER_MINUTE === 0) return undefined;
  return {
    tokens: createRateLimit("token", config.RATE_LIMIT_PER_MINUTE),
    strangers: createRateLimit("address", config.AUTHORIZATION_FAILURES_PER_MINUTE),
  };
}
