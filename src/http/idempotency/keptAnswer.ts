import { PROBLEMS, problemBody, type Problem } from "../problems.ts";
import type { Answer } from "../route.ts";

/** An answer as it goes over the wire, without the headers that each answer has of its own. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body's text, byte for byte; undefined: there is none. */
  readonly body: string | undefined;
}

/**
 * Largest body that is kept, in bytes; the table's check says the same. A larger answer is worked out again
 * from what the request did: it finds its effect by the effectId, and the answer differs in saying so.
 */
const MAX_KEPT_BYTES = 1_048_576;

/** Who asks, how often, and whether the service was well: not about the request, so the next try may differ. */
const NOT_FINAL = new Set([401, 403, 408, 429]);

/** What is kept of an outcome; undefined when a repeat must run again. */
export function toKeptAnswer(outcome: Answer | Problem, path: string): KeptAnswer | undefined {
  const status = outcome.kind === "problem" ? PROBLEMS[outcome.code].status : outcome.status;
  if (status >= 500 || NOT_FINAL.has(status)) return undefined;
  const problem = outcome.kind === "problem";
  const content = problem ? problemBody(outcome, path) : outcome.body;
  const body = content === undefined ? undefined : JSON.stringify(content);
  if (body !== undefined && Buffer.byteLength(body) > MAX_KEPT_BYTES) return undefined;
  const type = problem ? "application/problem+json" : "application/json";
  const headers = { ...(body === undefined ? {} : { "content-type": type }), ...outcome.headers };
  return { status, headers, body };
}

/** A kept answer, given again. */
export function replay({ status, headers, body }: KeptAnswer): Answer {
  return { kind: "answer", status, body, headers: { ...headers, "idempotency-replayed": "true" } };
}
