import { escapePointer } from "../kernel/findUnsafeJson.ts";
import type { FieldProblem } from "./problems.ts";

export type ParsedQuery =
  | { readonly kind: "query"; readonly members: Readonly<Record<string, string>> }
  | { readonly kind: "malformed"; readonly field: FieldProblem };

/**
 * Splits a query string into its members. Malformed: broken percent-encoding, bytes that are not UTF-8, or a
 * name given twice.
 *
 * Not node:querystring: that one never complains and puts U+FFFD in place of what it cannot decode.
 */
export function parseQuery(text: string): ParsedQuery {
  const members: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of text.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = decode(at < 0 ? part : part.slice(0, at));
    const value = decode(at < 0 ? "" : part.slice(at + 1));
    if (name === undefined || value === undefined)
      return malformed(name ?? "", "bad_encoding", "Its percent-encoding is not valid UTF-8.");
    if (name in members) return malformed(name, "duplicate_member", "It stands twice. Send it once.");
    members[name] = value;
  }
  return { kind: "query", members };
}

function malformed(name: string, code: string, message: string): ParsedQuery {
  return { kind: "malformed", field: { path: `/${escapePointer(name)}`, message, code } };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
