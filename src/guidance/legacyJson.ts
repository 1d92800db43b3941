import type { Json } from "../kernel/canonicalJson.ts";

/** Deeper values are left as they are: no limit of the service lets them in, and recursion has an end. */
const MAX_DEPTH = 200;

export interface LegacyJson {
  readonly value: Json;
  /** Whether something was changed that jsonb or a JavaScript object cannot hold. */
  readonly repaired: boolean;
}

/**
 * Reads the text of a JSON column. U+0000 and halves of surrogate pairs become U+FFFD, and the key __proto__
 * becomes _proto_, in texts and keys at any depth.
 *
 * Throws SyntaxError when it is no JSON, which PostgreSQL's json columns never hold.
 */
export function parseLegacyJson(text: string): LegacyJson {
  const parsed = JSON.parse(text) as Json;
  // By far the most texts hold none of these, and need no second walk.
  if (
    !/\\u(?:0000|d[89a-f])|__proto__|\\u005f/i.test(text) &&
    text.isWellFormed() &&
    !text.includes("\u0000")
  )
    return { value: parsed, repaired: false };
  const found = { repaired: false };
  const value = repair(parsed, MAX_DEPTH, found);
  return { value, repaired: found.repaired };
}

/** Reads the text of a JSON column as it is: for answers, never for what is stored. */
export function parseLegacyJsonAsIs(text: string): Json {
  return JSON.parse(text) as Json;
}

/** The text without what jsonb cannot hold. */
function repairText(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\uFFFD");
}

function repair(value: Json, depth: number, found: { repaired: boolean }): Json {
  if (typeof value === "string") return note(value, repairText(value), found);
  if (value === null || typeof value !== "object" || depth === 0) return value;
  if (Array.isArray(value)) return value.map((member: Json) => repair(member, depth - 1, found));
  const entries = Object.entries(value).map(([key, member]): [string, Json] => {
    const legal = key === "__proto__" ? "_proto_" : repairText(key);
    return [note(key, legal, found), repair(member, depth - 1, found)];
  });
  return Object.fromEntries(entries);
}

function note(before: string, after: string, found: { repaired: boolean }): string {
  if (before !== after) found.repaired = true;
  return after;
}

/**
 * The value with the members of its objects in one order, at any depth. A json column keeps the order of whoever
 * wrote it and a jsonb column has its own; answers from both must be the same bytes.
 */
export function sortMembers(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(sortMembers);
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortMembers(member)]),
  );
}
