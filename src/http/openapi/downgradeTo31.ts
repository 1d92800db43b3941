import type { OpenApiDocument } from "../httpDeps.ts";

/**
 * The same document for tools that read OpenAPI 3.1 only. What 3.2 added and this API uses is left out: a
 * tag's summary. Everything else means the same in both.
 *
 * Source: https://spec.openapis.org/oas/v3.2.0.html
 */
export function downgradeTo31(document: OpenApiDocument): OpenApiDocument {
  const tags = (document["tags"] as readonly Record<string, unknown>[] | undefined)?.map((tag) => ({
    ...tag,
    summary: undefined,
  }));
  return { ...document, openapi: "3.1.1", ...(tags ? { tags } : {}) };
}
