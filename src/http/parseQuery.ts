/**
 * Splits a query string into its members. Undefined when it is not well-formed: broken percent-encoding, bytes
 * that are not UTF-8, or a name given twice.
 *
 * Not node:querystring: that one never complains and puts U+FFFD in place of what it cannot decode.
 */
export function parseQuery(text: string): Record<string, string> | undefined {
  const members: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of text.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = decode(at < 0 ? "" : part.slice(at + 1));
    if (name === undefined || value === undefined || name in members) return undefined;
    members[name] = value;
  }
  return members;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
