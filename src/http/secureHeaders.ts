import type { IncomingMessage, ServerResponse } from "node:http";
import helmet from "helmet";

/**
 * Headers that tell a browser to make nothing of an answer but data, as helmet sets them for an API. Collected
 * once: they are the same for every answer, and helmet would work them out for each.
 */
export const SECURE_HEADERS: Readonly<Record<string, string>> = collect(
  helmet({
    // Nothing is loaded by an answer in JSON. The page at /docs has a policy of its own.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] },
    },
    // What is left out is for pages, or for browsers that nobody has any more.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xFrameOptions: { action: "deny" },
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  }),
);

function collect(set: ReturnType<typeof helmet>): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => void (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  set({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error;
  });
  return headers;
}
