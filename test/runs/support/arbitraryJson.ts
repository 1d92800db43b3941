import fc from "fast-check";
import type { Json } from "../../../src/kernel/canonicalJson.ts";

/** Any value that a run can meet: what it is given has been through JSON, which knows no -0. */
export function arbitraryJson(maxDepth: number): fc.Arbitrary<Json> {
  return fc.jsonValue({ maxDepth }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
}
