import type { Json } from "../../kernel/canonicalJson.ts";
import { findUnsafeJson } from "../../kernel/findUnsafeJson.ts";
import { LIMITS } from "./limits.ts";
import type { StructureProblem } from "./structureProblem.ts";

/**
 * Checks that a JSON member of an entity can be stored and read back: safe text, at most LIMITS.dataDepth
 * levels, at most maxBytes. Codes: data_too_deep, data_too_large, default_..., and those of findUnsafeJson.
 */
export function checkJson(
  name: "data" | "default",
  path: string,
  value: Json,
  maxBytes: number,
): StructureProblem[] {
  const unsafe = findUnsafeJson(value, LIMITS.dataDepth, path);
  if (unsafe?.code === "too_deep") {
    const message = `The ${name} is nested more than ${LIMITS.dataDepth} levels deep. Make it flatter.`;
    return [{ code: `${name}_too_deep`, path: unsafe.path, message }];
  }
  if (unsafe) return [unsafe];
  const bytes = jsonBytes(value);
  if (bytes <= maxBytes) return [];
  const message = `The ${name} takes ${bytes} bytes, ${maxBytes} are allowed. Keep large content elsewhere and link to it.`;
  return [{ code: `${name}_too_large`, path, message }];
}

/** Bytes of a JSON value's text in UTF-8. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
