import cors from "cors";
import type { RequestHandler } from "express";
import { REQUEST_HEADERS } from "./requestHeaders.ts";
import { RESPONSE_HEADERS } from "./responseHeaders.ts";

/** How long a browser may remember what a preflight said, in seconds; most take no more than two hours. */
const PREFLIGHT_SECONDS = 600;

/**
 * Lets pages of the given origins use the API from a browser. Without an Origin nothing happens, and an OPTIONS
 * that is no preflight is left to its route, which says what is allowed there.
 *
 * Cookies are not allowed for: the API takes its credential from a header only.
 */
export function createCors(origins: readonly string[]): RequestHandler {
  const options: cors.CorsOptions = {
    origin: [...origins],
    methods: ["GET", "HEAD", "POST", "PATCH"],
    allowedHeaders: [
      "authorization",
      "content-type",
      "last-event-id",
      "tracestate",
      ...Object.keys(REQUEST_HEADERS),
    ],
    exposedHeaders: Object.keys(RESPONSE_HEADERS),
    maxAge: PREFLIGHT_SECONDS,
  };
  const answerPreflight = cors(options);
  const allow = cors({ ...options, preflightContinue: true });
  return (request, response, next) => {
    const { origin, "access-control-request-method": asked } = request.headers;
    if (origin === undefined) return next();
    return (request.method === "OPTIONS" && asked !== undefined ? answerPreflight : allow)(
      request,
      response,
      next,
    );
  };
}
