/** What PostgreSQL's jsonb or a JavaScript object cannot hold faithfully, and where it stands. */
export interface UnsafeJson {
  readonly code: "nul_character" | "lone_surrogate" | "forbidden_key" | "too_deep" | "not_json";
  /** RFC 6901 pointer to the offending member. */
  readonly path: string;
  readonly message: string;
}

const FORBIDDEN_KEYS = new Set(["__proto__"]);

/**
 * Finds the first thing in a JSON value that cannot be stored and read back unchanged: `\u0000` and lone
 * surrogates (jsonb refuses them), the key `__proto__`, numbers that are not finite, and nesting deeper than maxDepth.
 */
export function findUnsafeJson(value: unknown, maxDepth: number, path = ""): UnsafeJson | undefined {
  if (typeof value === "string") return unsafeText(value, path);
  if (typeof value === "number")
    return Number.isFinite(value)
      ? undefined
      : { code: "not_json", path, message: "A number must be finite." };
  if (value === null || typeof value === "boolean" || value === undefined) return undefined;
  if (typeof value !== "object") return { code: "not_json", path, message: `A ${typeof value} is not JSON.` };
  if (maxDepth === 0) return { code: "too_deep", path, message: "The value is nested too deeply." };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = findUnsafeJson(value[index], maxDepth - 1, `${path}/${index}`);
      if (found) return found;
    }
    return undefined;
  }
  for (const [key, member] of Object.entries(value)) {
    const at = `${path}/${escapePointer(key)}`;
    if (FORBIDDEN_KEYS.has(key))
      return { code: "forbidden_key", path: at, message: `The key "${key}" is not allowed. Rename it.` };
    const found = unsafeText(key, at) ?? findUnsafeJson(member, maxDepth - 1, at);
    if (found) return found;
  }
  return undefined;
}

/** One reference token of an RFC 6901 JSON pointer. */
export function escapePointer(token: string): string {
  return token.includes("~") || token.includes("/")
    ? token.replaceAll("~", "~0").replaceAll("/", "~1")
    : token;
}

function unsafeText(text: string, path: string): UnsafeJson | undefined {
  if (text.includes("\u0000"))
    return {
      code: "nul_character",
      path,
      message: "Text must not contain the character \\u0000. Remove it.",
    };
  if (!text.isWellFormed())
    return {
      code: "lone_surrogate",
      path,
      message: "Text contains half of a surrogate pair. Send well-formed Unicode.",
    };
  return undefined;
}
