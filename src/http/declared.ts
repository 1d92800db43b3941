import { problem, type Problem, type ProblemCode } from "./problems.ts";
import type { RequestHeaderName } from "./requestHeaders.ts";

/** Request headers of operations that read. */
export const READ_HEADERS: readonly RequestHeaderName[] = ["x-tenant-id", "correlation-id"];

/** Request headers of operations that edit. */
export const WRITE_HEADERS: readonly RequestHeaderName[] = [
  ...READ_HEADERS,
  "x-actor-id",
  "x-actor-type",
  "x-on-behalf-of",
  "if-match",
];

/** Request headers of edits that wait for the materializer. */
export const WAITING_HEADERS: readonly RequestHeaderName[] = [...WRITE_HEADERS, "prefer"];

const ANY_PROBLEMS: readonly ProblemCode[] = [
  "correlation_id_invalid",
  "internal_error",
  "database_unavailable",
];

/** What every operation of a tenant may answer. */
export const READ_PROBLEMS: readonly ProblemCode[] = ["tenant_missing", "tenant_invalid", ...ANY_PROBLEMS];

/** What every operation with a body may answer beside. */
export const BODY_PROBLEMS: readonly ProblemCode[] = [
  "invalid_json",
  "body_too_large",
  "unsupported_media_type",
  "invalid_body",
];

/** What every edit may answer. */
export const WRITE_PROBLEMS: readonly ProblemCode[] = [
  ...READ_PROBLEMS,
  ...BODY_PROBLEMS,
  "actor_missing",
  "actor_invalid",
  "invalid_header",
  "script_busy",
];

/** What every edit of a script that exists may answer. */
export const EDIT_PROBLEMS: readonly ProblemCode[] = [
  ...WRITE_PROBLEMS,
  "invalid_path",
  "script_not_found",
  "command_id_reused",
  "command_refused",
  "sequence_conflict",
  "precondition_failed",
];

export function invalidCursor(): Problem {
  return problem(
    "invalid_cursor",
    "The cursor is not one that this list gave out. Start again without it, or send nextCursor unchanged.",
  );
}
