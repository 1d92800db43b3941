import type { IncomingMessage } from "node:http";
import type { Principal } from "../access/principal.ts";
import type { HttpDeps } from "./httpDeps.ts";
import { PROBLEMS, type Problem } from "./problems.ts";
import type { RateCount } from "./rateLimit.ts";

const UNLIMITED: RateCount = { headers: {}, refused: undefined };

/**
 * Counts a request against its caller: against its token once that is known to be good, else against the address
 * it came from. So an address that tries out tokens is slowed down, and those who have one are not, whoever
 * else is behind their address.
 */
export async function limitCaller(
  deps: Pick<HttpDeps, "rateLimits">,
  request: Pick<IncomingMessage, "socket">,
  admitted: Principal | Problem,
): Promise<RateCount> {
  if (!deps.rateLimits) return UNLIMITED;
  if (!("kind" in admitted)) return deps.rateLimits.tokens.count(`${admitted.tenantId} ${admitted.tokenId}`);
  if (PROBLEMS[admitted.code].status !== 401) return UNLIMITED;
  // Not X-Forwarded-For, which the client writes itself.
  const { refused } = await deps.rateLimits.strangers.count(request.socket.remoteAddress ?? "unknown");
  return { headers: {}, refused };
}
