import { hashJson } from "../kernel/sha256.ts";
import { entityIdSchema, variableKeySchema } from "../scripts/document/schemas.ts";

const SCRIPT_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const SLUG_LENGTH = 100;

/** An id that follows from texts alone: the same ones give the same id in every process and on every repeat. */
export function derivedId(...parts: readonly string[]): string {
  const hex = hashJson(["guidance", ...parts]);
  // A UUID version 8 (RFC 9562, section 5.8): its bits are the maker's own.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The legacy id where the service takes it, so that people find things again; else one derived from it. */
export function canonicalId(tenantId: string, legacyId: string): string {
  const isLegal = SCRIPT_ID.test(legacyId) && legacyId !== "validate";
  return isLegal ? legacyId : derivedId(tenantId, legacyId);
}

/** The id of a node: its key, or where that cannot be an id what is left of it with a hash. */
export function nodeIdOf(key: string): string {
  if (entityIdSchema.safeParse(key).success) return key;
  return `${legible(key.replaceAll(/\p{Cc}/gu, "_"), 150)}-${shortHash(key)}`;
}

/** The key of a variable: its own, or where that cannot be one what is left of it with a hash. */
export function variableKeyOf(key: string): string {
  if (variableKeySchema.safeParse(key).success) return key;
  return `v_${key.replaceAll(/[^A-Za-z0-9_]+/g, "_").slice(0, 40)}_${shortHash(key)}`;
}

/**
 * The slug of a script. A key that is a slug stays as it is, because keys are unique in a tenant. Any other gets
 * a piece of the script's id: "Welcome Call" and "welcome_call" would be one slug else, and which of the two got
 * it would depend on which was moved first.
 */
export function slugOf(key: string, scriptId: string, mustDiffer: boolean): string {
  if (!mustDiffer && key.length <= SLUG_LENGTH && SLUG.test(key)) return key;
  const words = key
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const legibleKey = words
    .join("-")
    .slice(0, SLUG_LENGTH - 9)
    .replace(/-$/, "");
  return `${legibleKey === "" ? "script" : legibleKey}-${shortHash(scriptId)}`;
}

/** The beginning of a text, without half of a surrogate pair at its end. */
export function legible(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

function shortHash(text: string): string {
  return hashJson(text).slice(0, 8);
}
