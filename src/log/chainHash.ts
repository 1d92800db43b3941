import { canonicalJson } from "../kernel/canonicalJson.ts";
import { sha256 } from "../kernel/sha256.ts";
import type { LogRow } from "./logRow.ts";

/** What the first command of a script is chained to. */
export const GENESIS_HASH = "0".repeat(64);

/**
 * The hash that seals a row to everything before it: SHA-256 over the previous command's hash and the row's
 * canonical JSON without its own hash, as 64 hex digits. A changed, removed or inserted row breaks every hash
 * after it.
 */
export function chainHash(previousHash: string, row: Omit<LogRow, "chainHash"> & Partial<LogRow>): string {
  const { createdAt, chainHash: _own, ...rest } = row;
  return sha256(previousHash + canonicalJson({ ...rest, createdAt: createdAt.toISOString() }));
}
