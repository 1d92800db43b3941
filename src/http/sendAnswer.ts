import type { IncomingMessage, ServerResponse } from "node:http";
import { PROBLEMS, problemBody, type Problem } from "./problems.ts";
import type { Answer } from "./route.ts";
import { SECURE_HEADERS } from "./secureHeaders.ts";

/**
 * Writes an answer. Not res.json: it looks up settings, sniffs the type and hashes the body for an ETag on
 * every answer, and the ETag of this API is the sequence.
 */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  correlationId: string,
  outcome: Answer | Problem,
  more: Readonly<Record<string, string>> = {},
): void {
  const headers: Record<string, string | number> = {
    "correlation-id": correlationId,
    // What is read here may change with the next command, and belongs to one tenant.
    "cache-control": "no-store",
    ...SECURE_HEADERS,
    ...more,
    ...outcome.headers,
  };
  if (outcome.kind === "problem") {
    const path = (request.url ?? "/").split("?", 1)[0]!;
    const body = JSON.stringify(problemBody(outcome, path));
    end(response, PROBLEMS[outcome.code].status, body, "application/problem+json", headers);
  } else if (outcome.stream && request.method !== "HEAD") {
    // At once: the first bytes of the body may be long in coming.
    response.writeHead(outcome.status, headers).flushHeaders();
  } else if (outcome.body === undefined) {
    response.writeHead(outcome.status, headers).end();
  } else if (typeof outcome.body === "string") {
    end(response, outcome.status, outcome.body, "text/plain; charset=utf-8", headers);
  } else {
    end(response, outcome.status, JSON.stringify(outcome.body), "application/json", headers);
  }
}

function end(
  response: ServerResponse,
  status: number,
  body: string,
  contentType: string,
  headers: Record<string, string | number>,
): void {
  headers["content-type"] ??= contentType;
  headers["content-length"] = Buffer.byteLength(body);
  response.writeHead(status, headers).end(body);
}
