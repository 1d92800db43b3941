import { hash } from "node:crypto";
import { canonicalJson } from "./canonicalJson.ts";

/** SHA-256 of a text's UTF-8 bytes, as 64 hex digits. */
export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

/** SHA-256 over the canonical JSON of a value, as 64 hex digits. */
export function hashJson(value: unknown): string {
  return sha256(canonicalJson(value));
}
