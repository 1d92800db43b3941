import { randomFillSync } from "node:crypto";

// Drawn in bulk: one draw per id was 3 % of the time of an edit.
const pool = Buffer.alloc(10 * 256);
let used = pool.length;

/**
 * A UUID version 7: the first 48 bits are milliseconds since 1970, so ids made later sort later and index
 * pages of the log fill from the right.
 *
 * Source: RFC 9562, section 5.7.
 */
export function newId(nowMs: number = Date.now()): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, (used += 10));
  const time = nowMs.toString(16).padStart(12, "0");
  const tail = random.toString("hex");
  const variant = ((random[2]! & 0x3f) | 0x80).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(1, 4)}-${variant}${tail.slice(6, 8)}-${tail.slice(8, 20)}`;
}
