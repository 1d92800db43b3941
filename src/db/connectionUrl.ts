export type RuntimeRole = "script_api" | "script_worker" | "script_operator";

/**
 * The URL with which a process acts as a role: as it is when its user is that role or it sets the role
 * itself, else with `options=-c role=...` added, which PostgreSQL applies before the first statement. The
 * user must be allowed to become the role; the owner who migrated the database is.
 */
export function urlAsRole(url: string, role: RuntimeRole): string {
  const options = readOptions(url);
  if (readUser(url) === role || /(^|\s)(-c\s*|--)role=/.test(options)) return url;
  return withOptions(url, [options, `-c role=${role}`]);
}

/** How long the job queue waits for the answer to one statement, in ms: far above the worst case. */
const JOBS_ANSWER_MS = 45_000;

/**
 * urlAsRole for the connections of the job queue, which give up a statement whose answer does not come. Without
 * that, a worker whose connections went dead without a word would never take a job again.
 */
export function urlForJobs(url: string, role: RuntimeRole): string {
  const changed = new URL(urlAsRole(url, role));
  changed.searchParams.set("query_timeout", String(JOBS_ANSWER_MS));
  changed.search = changed.search.replaceAll("+", "%20");
  return changed.href;
}

/** Settings that PostgreSQL applies to a session before its first statement, in milliseconds. */
export interface SessionTimeouts {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
}

/** The URL with session timeouts. Those that the URL's own options set win. */
export function urlWithTimeouts(url: string, timeouts: SessionTimeouts): string {
  // The last one counts, so what the URL says goes last.
  return withOptions(url, [
    `-c statement_timeout=${timeouts.statementTimeoutMs}`,
    `-c lock_timeout=${timeouts.lockTimeoutMs}`,
    `-c idle_in_transaction_session_timeout=${timeouts.idleInTransactionTimeoutMs}`,
    readOptions(url),
  ]);
}

/** Where a URL points, for messages: without its password. */
export function describeUrl(url: string): string {
  const { username, host, pathname } = new URL(url);
  return `${username ? `${username}@` : ""}${host}${pathname}`;
}

function readUser(url: string): string {
  return decodeURIComponent(new URL(url).username);
}

function readOptions(url: string): string {
  return new URL(url).searchParams.get("options") ?? "";
}

function withOptions(url: string, options: readonly string[]): string {
  const changed = new URL(url);
  changed.searchParams.set("options", options.filter((option) => option !== "").join(" "));
  // URLSearchParams writes a space as "+", which libpq and some other readers take literally.
  changed.search = changed.search.replaceAll("+", "%20");
  return changed.href;
}
