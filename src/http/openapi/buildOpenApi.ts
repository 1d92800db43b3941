import {
  OpenApiGeneratorV32,
  OpenAPIRegistry,
  type ResponseConfig,
  type RouteConfig,
} from "@asteasolutions/zod-to-openapi";
import { z } from "zod";
import type { OpenApiDocument } from "../httpDeps.ts";
import { PROBLEM_SCHEMAS } from "../problemSchemas.ts";
import { PROBLEM_HEADERS, PROBLEMS, problemBody, type ProblemCode } from "../problems.ts";
import { REQUEST_HEADERS, type RequestHeaderName } from "../requestHeaders.ts";
import { RESPONSE_HEADERS, type ResponseHeaderName } from "../responseHeaders.ts";
import type { ResponseSpec, Route } from "../route.ts";
import { API_DESCRIPTION, API_VERSION, TAGS } from "./apiDescription.ts";
import { problemDetails } from "./examples.ts";
import { plainOptionals } from "./plainOptionals.ts";

/** The OpenAPI 3.2 document of a list of routes. */
export function buildOpenApi(routes: readonly Route[]): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registerHeaders(registry);
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES))
    registry.registerComponent("securitySchemes", name, scheme);
  for (const route of routes) registry.registerPath(toRouteConfig(route));
  const generated = new OpenApiGeneratorV32(registry.definitions, {
    sortComponents: "alphabetically",
  }).generateDocument({
    openapi: "3.2.0",
    info: { title: "Script command service", version: API_VERSION, description: API_DESCRIPTION },
    tags: TAGS,
    servers: [{ url: "/" }],
  });
  const { webhooks: _, ...document } = generated as typeof generated & { webhooks?: unknown };
  const problems = Object.entries(PROBLEMS).map(([code, { status, title }]) => ({ code, status, title }));
  return { ...document, "x-problems": problems };
}

function registerHeaders(registry: OpenAPIRegistry): void {
  for (const [name, header] of Object.entries(REQUEST_HEADERS)) {
    const { description, example } = header;
    const parameter = {
      name,
      in: "header",
      required: false,
      description,
      schema: headerSchema(header.schema),
      example,
    } as const;
    registry.registerComponent("parameters", name, parameter);
    if (name === "idempotency-key")
      registry.registerComponent("parameters", REQUIRED_KEY, { ...parameter, required: true });
  }
  for (const [name, { description, example }] of Object.entries(RESPONSE_HEADERS))
    registry.registerComponent("headers", name, { description, schema: { type: "string" }, example });
}

function headerSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
}

function toRouteConfig(route: Route): RouteConfig {
  const { method, path, operationId, summary, tag, params, query } = route;
  return {
    method,
    path,
    operationId,
    summary,
    ...describeOperation(route),
    ...(route.legacy ? { deprecated: true } : {}),
    security: securityOf(route),
    tags: [tag],
    parameters: route.headers.map((name) => headerReference(route, name)),
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(route.body ? { body: requestBody(route.body) } : {}),
    },
    responses: { ...successResponses(route), ...problemResponses(route) },
  };
}

/** How a request shows who sends it. */
const SECURITY_SCHEMES = {
  token: { type: "http", scheme: "bearer", description: "An API token of this service, or a JWT." },
  ticket: { type: "apiKey", in: "query", name: "ticket", description: "A one-time ticket." },
} as const;

function securityOf({ scope, takesTicket }: Route): { [scheme: string]: string[] }[] {
  if (scope === "public") return [];
  return [{ token: [] }, ...(takesTicket ? [{ ticket: [] }] : [])];
}

function describeOperation({ description, scope, allow }: Route): { readonly description?: string } {
  const roles = scope === "public" ? [] : [`Roles: ${allow.join(", ")}.`];
  const parts = [...(description === undefined ? [] : [description]), ...roles];
  return parts.length === 0 ? {} : { description: parts.join("\n\n") };
}

function headerReference({ needsIdempotencyKey }: Route, name: RequestHeaderName) {
  const isRequired = needsIdempotencyKey && name === "idempotency-key";
  return { $ref: `#/components/parameters/${isRequired ? REQUIRED_KEY : name}` };
}

/** The same header where an operation is refused without it. */
const REQUIRED_KEY = "idempotency-key-required";

function requestBody({ schema, documented, example }: NonNullable<Route["body"]>) {
  const required = !schema.safeParse(undefined).success;
  return {
    required,
    content: { "application/json": { schema: plainOptionals(documented ?? schema), example } },
  };
}

function successResponses(route: Route): Record<string, ResponseConfig> {
  return Object.fromEntries(
    Object.entries(route.responses as Record<string, ResponseSpec>).map(([status, spec]) => [
      status,
      {
        description: spec.description,
        headers: responseHeaders([
          "correlation-id",
          ...(route.scope === "public" ? [] : (["ratelimit-policy", "ratelimit"] as const)),
          ...legacyHeaderNames(route),
          ...(spec.headers ?? []),
          ...(route.headers.includes("idempotency-key") ? (["idempotency-replayed"] as const) : []),
          ...(route.headers.includes("prefer") ? (["preference-applied"] as const) : []),
        ]),
        ...(spec.itemSchema
          ? {
              content: {
                [spec.contentType!]: { itemSchema: plainOptionals(spec.itemSchema), example: spec.example },
              },
            }
          : {}),
        ...(spec.schema
          ? {
              content: {
                [spec.contentType ?? "application/json"]: {
                  schema: plainOptionals(spec.schema),
                  example: spec.example,
                },
              },
            }
          : {}),
      },
    ]),
  );
}

function problemResponses(route: Route): Record<string, ResponseConfig> {
  const byStatus = Map.groupBy(new Set(route.problems), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `${code}: ${PROBLEMS[code].title}.`).join(" "),
        headers: responseHeaders([
          "correlation-id",
          ...legacyHeaderNames(route),
          ...codes.flatMap((code) => PROBLEM_HEADERS[code] ?? []),
        ]),
        content: {
          "application/problem+json": {
            schema: problemUnion(codes),
            example: problemExample(route, codes[0]!),
          },
        },
      },
    ]),
  );
}

function legacyHeaderNames({ legacy }: Route): readonly ResponseHeaderName[] {
  return legacy ? ["deprecation", "sunset", "link"] : [];
}

function problemUnion(codes: readonly ProblemCode[]): z.ZodType {
  const schemas = codes.map((code) => PROBLEM_SCHEMAS.get(code)!);
  return schemas.length === 1 ? schemas[0]! : z.union(schemas);
}

function problemExample(route: Route, code: ProblemCode): Record<string, unknown> {
  const instance = route.path.replace("{scriptId}", "scr_renewal").replaceAll(/\{\w+\}/gu, "1");
  const details = problemDetails[code];
  const message = `${PROBLEMS[code].title}.`;
  return problemBody({ kind: "problem", code, message, details }, instance);
}

function responseHeaders(names: readonly ResponseHeaderName[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
