import type { Json } from "../../kernel/canonicalJson.ts";
import type { Data } from "../document/schemas.ts";
import { isRecord } from "./editDraft.ts";

/**
 * The data with a JSON merge patch applied: null removes a member, objects are merged, all else replaces.
 * Neither argument is changed; unchanged members are shared with `data`.
 *
 * Source: RFC 7396, section 2.
 */
export function mergePatch(data: Data, patch: Data): Data {
  const merged: Record<string, Json> = { ...data };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (isData(value)) merged[key] = mergePatch(ownData(merged, key), value);
    else merged[key] = value;
  }
  return merged;
}

function ownData(data: Data, key: string): Data {
  const member = Object.hasOwn(data, key) ? data[key] : undefined;
  return isData(member) ? member : {};
}

function isData(value: Json | undefined): value is Data {
  return isRecord(value);
}
