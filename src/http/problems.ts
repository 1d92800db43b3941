import type { ResponseHeaderName } from "./responseHeaders.ts";

/** HTTP status and title of every problem the service answers with. The one place where a code meets a status. */
export const PROBLEMS = {
  tenant_missing: { status: 400, title: "The tenant is missing" },
  tenant_invalid: { status: 400, title: "The tenant is not valid" },
  actor_invalid: { status: 400, title: "The actor is not valid" },
  correlation_id_invalid: { status: 400, title: "The correlation id is not valid" },
  invalid_header: { status: 400, title: "A header is not valid" },
  invalid_path: { status: 400, title: "The path is not valid" },
  invalid_query: { status: 400, title: "The query is not valid" },
  invalid_cursor: { status: 400, title: "The cursor is not valid" },
  invalid_json: { status: 400, title: "The body is not JSON" },
  idempotency_key_missing: { status: 400, title: "The idempotency key is missing" },
  authorization_missing: { status: 401, title: "The authorization is missing" },
  authorization_invalid: { status: 401, title: "The authorization is not valid" },
  tenant_mismatch: { status: 403, title: "The tenant is another one" },
  actor_mismatch: { status: 403, title: "The actor is another one" },
  role_insufficient: { status: 403, title: "The role does not allow it" },
  route_not_found: { status: 404, title: "There is nothing at this path" },
  script_not_found: { status: 404, title: "The script was not found" },
  version_not_found: { status: 404, title: "The version was not found" },
  command_not_found: { status: 404, title: "The command was not found" },
  run_not_found: { status: 404, title: "The run was not found" },
  guidance_not_here: { status: 404, title: "There is no legacy guidance here" },
  sequence_not_found: { status: 404, title: "The script was not there at that point" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  script_exists: { status: 409, title: "The script exists already" },
  slug_taken: { status: 409, title: "The slug is taken" },
  command_id_reused: { status: 409, title: "The command id stands for something else" },
  idempotency_key_in_use: { status: 409, title: "The same request is being worked on" },
  sequence_conflict: { status: 409, title: "The script has moved on" },
  script_archived: { status: 409, title: "The script is archived" },
  no_active_version: { status: 409, title: "The script has no active version" },
  version_not_sealed: { status: 409, title: "The version is not sealed" },
  correlation_id_reused: { status: 409, title: "The correlation id names another command" },
  command_not_failed: { status: 409, title: "The command has not failed" },
  run_finished: { status: 409, title: "The run is finished" },
  cursor_expired: { status: 410, title: "The events after the cursor are deleted" },
  precondition_failed: { status: 412, title: "The script has moved on" },
  body_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body must be JSON" },
  invalid_body: { status: 422, title: "The body is not valid" },
  idempotency_key_reused: { status: 422, title: "The idempotency key stands for something else" },
  command_refused: { status: 422, title: "A command was refused" },
  run_refused: { status: 422, title: "The run did not take this" },
  rate_limited: { status: 429, title: "Too many requests" },
  too_many_streams: { status: 429, title: "Too many event streams are open" },
  internal_error: { status: 500, title: "Something went wrong" },
  script_busy: { status: 503, title: "The script is busy" },
  authorization_unavailable: { status: 503, title: "The authorization cannot be checked" },
  streams_full: { status: 503, title: "The service has no room for another event stream" },
  database_unavailable: { status: 503, title: "The database cannot be reached" },
  guidance_frozen: { status: 503, title: "Legacy guidance takes no writes at the moment" },
  not_ready: { status: 503, title: "The service is not ready" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

const RETRY: readonly ResponseHeaderName[] = ["retry-after"];
const AUTHORIZE: readonly ResponseHeaderName[] = ["www-authenticate"];
const HEAD: readonly ResponseHeaderName[] = ["etag"];

/** Headers that a problem always carries, beside Correlation-Id. */
export const PROBLEM_HEADERS: { readonly [code in ProblemCode]?: readonly ResponseHeaderName[] } = {
  authorization_missing: AUTHORIZE,
  authorization_invalid: AUTHORIZE,
  script_exists: HEAD,
  sequence_conflict: HEAD,
  precondition_failed: HEAD,
  idempotency_key_in_use: RETRY,
  rate_limited: ["retry-after", "ratelimit-policy", "ratelimit"],
  too_many_streams: RETRY,
  script_busy: RETRY,
  authorization_unavailable: RETRY,
  streams_full: RETRY,
  database_unavailable: RETRY,
  guidance_frozen: RETRY,
  not_ready: RETRY,
};

/** Why a request is not answered as hoped. */
export interface Problem {
  readonly kind: "problem";
  readonly code: ProblemCode;
  /** What is wrong and the way out, for a person. */
  readonly message: string;
  readonly details?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A member of a request that is not as it should be. */
export interface FieldProblem {
  /** RFC 6901 pointer into the body; /name in a path, query or header. */
  readonly path: string;
  readonly message: string;
  readonly code: string;
}

export function problem(
  code: ProblemCode,
  message: string,
  more: Pick<Problem, "details" | "headers"> = {},
): Problem {
  return { kind: "problem", code, message, ...more };
}

/**
 * The body of a problem answer: the members { code, message, details? } and those of RFC 9457 side by side.
 * instance is the path of the request.
 */
export function problemBody(found: Problem, instance: string): Record<string, unknown> {
  const { status, title } = PROBLEMS[found.code];
  return {
    code: found.code,
    message: found.message,
    ...(found.details === undefined ? {} : { details: found.details }),
    type: `/docs#problem-${found.code}`,
    title,
    status,
    instance,
  };
}
