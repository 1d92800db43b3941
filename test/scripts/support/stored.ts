import type { Json } from "../../../src/kernel/canonicalJson.ts";
import { deepFreeze } from "./deepFreeze.ts";

/** What is left of a value after a stay in PostgreSQL: text, with keys in jsonb's order, shorter ones first. */
export function stored<T>(value: T): T {
  return deepFreeze(JSON.parse(JSON.stringify(value, (_, member: Json) => inJsonbOrder(member)))) as T;
}

function inJsonbOrder(value: Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const byLength = Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return Object.fromEntries(byLength);
}
