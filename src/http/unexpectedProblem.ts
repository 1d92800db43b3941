import { problem, type Problem } from "./problems.ts";

/** Answers for what no handler expected. The cause goes to the log under the correlation id, not to the caller. */
export function unexpectedProblem(error: unknown, correlationId: string): Problem {
  if (isDatabaseUnavailable(error))
    return problem(
      "database_unavailable",
      "The database could not be reached, so it is not known whether a write took place. Send it again with the same commandId.",
      { details: { correlationId }, headers: { "retry-after": "1" } },
    );
  return problem(
    "internal_error",
    `The service failed in a way nobody foresaw. Its log has the cause under correlation id ${correlationId}.`,
    { details: { correlationId } },
  );
}

/**
 * Codes of Prisma (P…: cannot reach, timed out, closed, no free connection), PostgreSQL (class 08 connection,
 * 57P shutdown, 53300 too many connections) and of sockets.
 */
const UNAVAILABLE =
  /^(?:P1001|P1002|P1008|P1017|P2024|P2028|P2037|08...|57P0[1-3]|53300|ECONN\w+|EPIPE|ETIMEDOUT)$/;

function isDatabaseUnavailable(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const code = "code" in cause ? cause.code : undefined;
    if (typeof code === "string" && UNAVAILABLE.test(code)) return true;
  }
  return false;
}
