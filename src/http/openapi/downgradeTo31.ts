import type { OpenApiDocument } from "../httpDeps.ts";

/**
 * The same document for tools that read OpenAPI 3.1 only. What 3.2 added and this API uses is left out: a
 * tag's summary, and the shape of a stream's items, which is text here. Everything else means the same in both.
 *
 * Source: https://spec.openapis.org/oas/v3.2.0.html
 */
export function downgradeTo31(document: OpenApiDocument): OpenApiDocument {
  const tags = (document["tags"] as readonly Record<string, unknown>[] | undefined)?.map((tag) => ({
    ...tag,
    summary: undefined,
  }));
  const paths = withoutItemSchemas(document["paths"]);
  return { ...document, openapi: "3.1.1", paths, ...(tags ? { tags } : {}) };
}

/** A media type that describes items is in paths only. */
function withoutItemSchemas(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutItemSchemas);
  if (typeof value !== "object" || value === null) return value;
  if ("itemSchema" in value) {
    const { itemSchema: _, ...rest } = value;
    return { ...rest, schema: { type: "string" } };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withoutItemSchemas(member)]),
  );
}
