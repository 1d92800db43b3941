/** The checks of one script, all in one pass over its log. */
export const SCRIPT_CHECKS = {
  "sequences-contiguous": "the commands of a script are numbered 1..n without gaps",
  "head-is-last": "the stream's head and hash are those of the last command",
  "hash-chain": "each command's hash covers it and everything before it",
  patches: "each command's patch leads from state k-1 to state k, and its inverse patch back",
  "snapshots-equal-replay": "each version's document and hashes are what a replay up to it gives",
  "versions-partition-log": "version ranges follow each other from 1 to the materialized sequence",
  "one-open-version": "at most one version is open, and it is the highest",
  "published-pointer": "the script points to a sealed, published version, the one that the log says",
  "audit-row-per-batch": "each materialized batch has one audit row, which says what the log says",
  "listing-equals-log": "the script's row says what the log says",
} as const;

/** The checks of the whole database, each a query or a few. */
export const GLOBAL_CHECKS = {
  "feed-contiguous": "feed positions are numbered without gaps up to the head, and each event has one",
  "feed-order": "the events of a script stand in the feed in the order of its log, and none is left out",
  "outbox-not-stuck": "no generic command waits or works far longer than it may",
  "idempotency-outcomes": "each kept answer has its effect, and kept answers are cleared away in time",
  "runs-pinned-to-sealed": "each run is pinned to a sealed version of its script",
  "tenant-ownership": "no row belongs to a script, run or event of another tenant, or of none",
} as const;

export type ScriptCheck = keyof typeof SCRIPT_CHECKS;
export type GlobalCheck = keyof typeof GLOBAL_CHECKS;
export type CheckName = ScriptCheck | GlobalCheck;

export const CHECKS: { readonly [name in CheckName]: string } = { ...SCRIPT_CHECKS, ...GLOBAL_CHECKS };

export const CHECK_NAMES = Object.keys(CHECKS) as readonly CheckName[];

export function isScriptCheck(name: CheckName): name is ScriptCheck {
  return name in SCRIPT_CHECKS;
}

export function isGlobalCheck(name: CheckName): name is GlobalCheck {
  return name in GLOBAL_CHECKS;
}
