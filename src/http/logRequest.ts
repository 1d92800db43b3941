import type { IncomingMessage } from "node:http";
import type { Principal } from "../access/principal.ts";
import type { HttpDeps } from "./httpDeps.ts";
import { PROBLEMS, type Problem } from "./problems.ts";
import { redactUrl } from "./redactUrl.ts";
import type { Answer, Route } from "./route.ts";

export interface ServedRequest {
  readonly route: Pick<Route, "operationId">;
  readonly request: IncomingMessage;
  /** Left out: it is not known who asks. */
  readonly caller?: Pick<Principal, "tenantId" | "tokenId"> | undefined;
  readonly correlationId: string;
  readonly traceparent?: string | undefined;
  readonly outcome: Answer | Problem | "aborted";
  readonly durationMs: number;
  /** What was thrown, when the answer is an unexpected problem. */
  readonly error?: unknown;
}

/**
 * Counts a request, and logs it: at error when the service failed, at info when it was slow or refused, at debug otherwise.
 * At 3,500 edits a second a line for each would be the largest single cost of an edit.
 */
export function logRequest(deps: Pick<HttpDeps, "log" | "metrics">, served: ServedRequest): void {
  const status = statusOf(served.outcome);
  // A stream lasts as long as its client likes, which says nothing of how fast it was served.
  const isStream = typeof served.outcome === "object" && "stream" in served.outcome;
  if (!isStream) deps.metrics.requestServed(served.route.operationId, status, served.durationMs);
  const level = served.error === undefined ? levelOf(status, served.durationMs) : "error";
  if (!deps.log.isLevelEnabled(level)) return;
  const { method, url = "/" } = served.request;
  const { outcome, caller } = served;
  const line = {
    operation: served.route.operationId,
    method,
    url: redactUrl(url),
    // Of a request that is refused before that, what it says of itself.
    tenantId: caller?.tenantId ?? served.request.headers["x-tenant-id"],
    tokenId: caller?.tokenId,
    correlationId: served.correlationId,
    ...(served.traceparent === undefined ? {} : { traceparent: served.traceparent }),
    status,
    durationMs: Math.round(served.durationMs * 100) / 100,
    ...(typeof outcome === "object" && outcome.kind === "problem" ? { problem: outcome.code } : {}),
    ...(served.error === undefined ? {} : { err: served.error }),
  };
  deps.log[level](line, outcome === "aborted" ? "client hung up" : "request");
}

/** Requests that take longer are logged at info. Waiting for the materializer counts. */
const SLOW_REQUEST_MS = 1_000;
/** What proxies call a client that hung up; it is only ever logged. */
const CLIENT_CLOSED = 499;

function statusOf(outcome: ServedRequest["outcome"]): number {
  if (outcome === "aborted") return CLIENT_CLOSED;
  return outcome.kind === "problem" ? PROBLEMS[outcome.code].status : outcome.status;
}

function levelOf(status: number, durationMs: number): "info" | "debug" {
  return status >= 400 || durationMs > SLOW_REQUEST_MS ? "info" : "debug";
}
