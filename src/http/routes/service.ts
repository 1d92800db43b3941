import { readFileSync } from "node:fs";
import { z } from "zod";
import { problem } from "../problems.ts";
import { answer, readRoute } from "../route.ts";
import { readinessChecksSchema } from "../schemas/readiness.ts";
import { SECURE_HEADERS } from "../secureHeaders.ts";
import * as examples from "../openapi/examples.ts";

export const healthz = readRoute({
  method: "get",
  path: "/healthz",
  operationId: "healthz",
  tag: "Service",
  scope: "public",
  summary: "Whether the process is alive",
  headers: ["correlation-id"],
  responses: {
    200: {
      description: "It is.",
      schema: z.object({ status: z.literal("ok") }).meta({ id: "Health" }),
      example: examples.health,
    },
  },
  problems: ["correlation_id_invalid", "internal_error"],
  handle: async () => answer(200, { status: "ok" as const }),
});

export const readyz = readRoute({
  method: "get",
  path: "/readyz",
  operationId: "readyz",
  tag: "Service",
  scope: "public",
  summary: "Whether requests should be sent here",
  headers: ["correlation-id"],
  responses: {
    200: {
      description: "They should.",
      schema: z
        .object({ status: z.literal("ready"), checks: readinessChecksSchema })
        .meta({ id: "Readiness" }),
      example: examples.readiness,
    },
  },
  problems: ["correlation_id_invalid", "internal_error", "not_ready"],
  async handle(deps) {
    const readiness = await deps.readiness.check();
    const { checks } = readiness;
    if (readiness.ready) return answer(200, { status: "ready" as const, checks });
    return problem("not_ready", readiness.reason, { details: { checks }, headers: { "retry-after": "1" } });
  },
});

export const openApiDocument = readRoute({
  method: "get",
  path: "/openapi.json",
  operationId: "openApiDocument",
  tag: "Service",
  scope: "public",
  summary: "This API as an OpenAPI document",
  query: z.strictObject({
    version: z
      .enum(["3.2", "3.1"])
      .default("3.2")
      .meta({ description: "Version of OpenAPI, for older tools." }),
  }),
  headers: ["correlation-id"],
  responses: {
    200: {
      description: "The document.",
      schema: z.looseObject({ openapi: z.string() }),
      example: examples.openApiDocument,
    },
  },
  problems: ["correlation_id_invalid", "internal_error", "invalid_query"],
  handle: async (deps, { query }) => answer(200, deps.openApi(query.version)),
});

// Read once: the page and its assets are part of the release.
const page = readFileSync(new URL("../docs/page.html", import.meta.url), "utf8");

export const docs = readRoute({
  method: "get",
  path: "/docs",
  operationId: "docs",
  tag: "Service",
  scope: "public",
  summary: "This API as a page to read",
  headers: ["correlation-id"],
  responses: {
    200: {
      description: "The page.",
      schema: z.string(),
      contentType: "text/html",
      example: "<!doctype html>",
    },
  },
  problems: ["correlation_id_invalid", "internal_error"],
  handle: async () => answer(200, page, { ...DOCS_HEADERS, "content-type": "text/html; charset=utf-8" }),
});

/** Nothing on the page comes from another server, and nothing may. */
export const DOCS_HEADERS = {
  ...SECURE_HEADERS,
  "cache-control": "no-cache",
  "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
};
