/** What a failed statement or transaction says about trying again. */
export type FailureKind =
  /** It took too long: less at once may do. */
  | "timeout"
  /** The connection, a lock or another transaction was in the way: the same may do later. */
  | "passing"
  /** The row itself cannot be written. */
  | "lasting";

const TIMEOUTS = new Set(["57014", "P2028", "P2024"]);
// Connection failures, shutdowns, serialization, deadlocks, locks, too many connections, read-only standby.
const PASSING =
  /^(?:08...|57P0.|40001|40P01|55P03|53...|25006|P1\d{3}|ECONNRESET|ECONNREFUSED|EPIPE|P2034|25P0.)$/u;

/** Sorts an error of Prisma or of PostgreSQL. What is not known is taken as the row's own fault. */
export function kindOfFailure(error: unknown): FailureKind {
  const codes = codesOf(error);
  if (codes.some((code) => TIMEOUTS.has(code))) return "timeout";
  return codes.some((code) => PASSING.test(code)) ? "passing" : "lasting";
}

/** Every `code` in the error, its cause and its metadata: Prisma wraps the server's in its own. */
function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== "object" || error === null || depth > 6) return [];
  return Object.entries(error).flatMap(([name, value]) => {
    if ((name === "code" || name === "originalCode" || name === "kind") && typeof value === "string")
      return [value];
    return codesOf(value, depth + 1);
  });
}
