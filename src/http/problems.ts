/** HTTP status and title of every problem the service answers with. The one place where a code meets a status. */
export const PROBLEMS = {
  tenant_missing: { status: 400, title: "The tenant is missing" },
  tenant_invalid: { status: 400, title: "The tenant is not valid" },
  actor_missing: { status: 400, title: "The actor is missing" },
  actor_invalid: { status: 400, title: "The actor is not valid" },
  correlation_id_invalid: { status: 400, title: "The correlation id is not valid" },
  invalid_header: { status: 400, title: "A header is not valid" },
  invalid_path: { status: 400, title: "The path is not valid" },
  invalid_query: { status: 400, title: "The query is not valid" },
  invalid_cursor: { status: 400, title: "The cursor is not valid" },
  invalid_json: { status: 400, title: "The body is not JSON" },
  route_not_found: { status: 404, title: "There is nothing at this path" },
  script_not_found: { status: 404, title: "The script was not found" },
  version_not_found: { status: 404, title: "The version was not found" },
  sequence_not_found: { status: 404, title: "The script was not there at that point" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  script_exists: { status: 409, title: "The script exists already" },
  slug_taken: { status: 409, title: "The slug is taken" },
  command_id_reused: { status: 409, title: "The command id stands for something else" },
  sequence_conflict: { status: 409, title: "The script has moved on" },
  precondition_failed: { status: 412, title: "The script has moved on" },
  body_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body must be JSON" },
  invalid_body: { status: 422, title: "The body is not valid" },
  command_refused: { status: 422, title: "A command was refused" },
  internal_error: { status: 500, title: "Something went wrong" },
  script_busy: { status: 503, title: "The script is busy" },
  database_unavailable: { status: 503, title: "The database cannot be reached" },
  not_ready: { status: 503, title: "The service is not ready" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

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
