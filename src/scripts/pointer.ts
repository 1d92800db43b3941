import { escapePointer } from "../kernel/findUnsafeJson.ts";

/** Writes the tokens of a path as an RFC 6901 pointer. */
export function toPointer(tokens: readonly PropertyKey[]): string {
  let pointer = "";
  for (const token of tokens) pointer += `/${escapePointer(String(token))}`;
  return pointer;
}

/** The tokens of an RFC 6901 pointer, unescaped. */
export function toTokens(pointer: string): string[] {
  return pointer.split("/").slice(1).map(unescape);
}

function unescape(token: string): string {
  return token.includes("~") ? token.replaceAll("~1", "/").replaceAll("~0", "~") : token;
}
