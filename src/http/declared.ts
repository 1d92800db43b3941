import { problem, type Problem, type ProblemCode } from "./problems.ts";
import type { RequestHeaderName } from "./requestHeaders.ts";

/** Request headers of operations that read. */
export const READ_HEADERS: readonly RequestHeaderName[] = [
  "x-tenant-id",
  "x-actor-id",
  "x-actor-type",
  "x-on-behalf-of",
  "x-role",
  "correlation-id",
  "traceparent",
];

/** Request headers of operations that edit. */
export const WRITE_HEADERS: readonly RequestHeaderName[] = [...READ_HEADERS, "if-match", "idempotency-key"];

/** Request headers of edits that wait for the materializer. */
export const WAITING_HEADERS: readonly RequestHeaderName[] = [...WRITE_HEADERS, "prefer"];

const ANY_PROBLEMS: readonly ProblemCode[] = [
  "rate_limited",
  "correlation_id_invalid",
  "internal_error",
  "database_unavailable",
];

/** What every operation of a tenant may answer. */
export const READ_PROBLEMS: readonly ProblemCode[] = [
  "authorization_missing",
  "authorization_invalid",
  "tenant_missing",
  "tenant_invalid",
  "tenant_mismatch",
  "actor_invalid",
  "actor_mismatch",
  "role_insufficient",
  "invalid_header",
  "authorization_unavailable",
  ...ANY_PROBLEMS,
];

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
  "idempotency_key_reused",
  "idempotency_key_in_use",
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

/** Request headers of operations that change something else than a script. */
export const EFFECT_HEADERS: readonly RequestHeaderName[] = [...READ_HEADERS, "idempotency-key"];

/** What every such operation may answer; one with a body the BODY_PROBLEMS beside. */
export const EFFECT_PROBLEMS: readonly ProblemCode[] = [
  ...READ_PROBLEMS,
  "idempotency_key_reused",
  "idempotency_key_in_use",
];

/** What every operation that moves a run may answer. */
export const RUN_PROBLEMS: readonly ProblemCode[] = [
  ...EFFECT_PROBLEMS,
  "invalid_path",
  "run_not_found",
  "run_finished",
  "run_refused",
];

export function invalidCursor(): Problem {
  return problem(
    "invalid_cursor",
    "The cursor is not one that this list gave out. Start again without it, or send nextCursor unchanged.",
  );
}
