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
 * 57P shutdown, 53300 too many connections), of sockets, and what Prisma's adapter calls these.
 */
const UNAVAILABLE =
  /^(?:P1001|P1002|P1008|P1017|P2024|P2028|P2037|08...|57P0[1-3]|53300|ECONN\w+|EPIPE|ETIMEDOUT|ConnectionClosed|SocketTimeout|DatabaseNotReachable|TooManyConnections)$/;

/** Errors of the driver without a code: these sentences are all that tells them from a mistake of ours. */
const LOST_CONNECTION = new Set([
  "Connection terminated",
  "Connection terminated unexpectedly",
  "Connection terminated due to connection timeout",
  "Client has encountered a connection error and is not queryable",
  "timeout exceeded when trying to connect",
]);

function isDatabaseUnavailable(error: unknown): boolean {
  for (let cause = error, depth = 0; isRecord(cause) && depth < 5; cause = nextCause(cause), depth++) {
    const codes = [cause["code"], cause["originalCode"], cause["kind"]];
    if (codes.some((code) => typeof code === "string" && UNAVAILABLE.test(code))) return true;
    if (cause instanceof Error && LOST_CONNECTION.has(cause.message)) return true;
  }
  return false;
}

/** Prisma puts the error of its adapter beside the cause; that one's cause is no Error. */
function nextCause({ cause, meta }: Readonly<Record<string, unknown>>): unknown {
  return cause ?? (isRecord(meta) ? meta["driverAdapterError"] : undefined);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
