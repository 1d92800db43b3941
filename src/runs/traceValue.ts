import { canonicalJson } from "../kernel/canonicalJson.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { cutText } from "./cutText.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { TracedValues } from "./trace.ts";

const traced = new WeakMap<object, Json>();

/**
 * A value as the trace shows it: itself, or the beginning of its JSON when it is long. Remembered by the list's
 * or object's identity: writing 64 KiB of JSON takes 4 ms, and many edges of a node name the same variable.
 */
export function traceValue(value: Json): Json {
  if (typeof value === "string") return cutText(value, RUN_LIMITS.tracedLength);
  if (typeof value !== "object" || value === null) return value;
  let shown = traced.get(value);
  if (shown === undefined) {
    const text = canonicalJson(value);
    shown = text.length <= RUN_LIMITS.tracedLength ? value : cutText(text, RUN_LIMITS.tracedLength);
    traced.set(value, shown);
  }
  return shown;
}

/** Values by key as the trace shows them. */
export function traceValues(values: { readonly [key: string]: Json }): TracedValues {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, traceValue(value)]));
}
