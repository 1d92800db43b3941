import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { newId } from "../kernel/newId.ts";
import { createCors } from "./cors.ts";
import { serveDocsAsset } from "./docs/serveDocsAsset.ts";
import type { HttpDeps, OpenApiDocument, OpenApiVersion, RouteDeps } from "./httpDeps.ts";
import { legacyHeaders } from "./legacyContract.ts";
import { logRequest } from "./logRequest.ts";
import { buildOpenApi } from "./openapi/buildOpenApi.ts";
import { downgradeTo31 } from "./openapi/downgradeTo31.ts";
import { problem, type Problem } from "./problems.ts";
import { readHeader } from "./requestHeaders.ts";
import type { Route } from "./route.ts";
import { routes } from "./routes.ts";
import { sendAnswer } from "./sendAnswer.ts";
import { serveRoute } from "./serveRoute.ts";
import { unexpectedProblem } from "./unexpectedProblem.ts";

/** The API on what it stands on. Express does the routing; everything else is in serveRoute. */
export function createApp(deps: HttpDeps): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);
  if (deps.config.corsOrigins.length > 0) app.use(createCors(deps.config.corsOrigins));
  const routeDeps: RouteDeps = { ...deps, openApi: describeOnce() };
  for (const [path, group] of Map.groupBy(routes, (route) => toExpressPath(route.path)))
    registerPath(app, routeDeps, path, group);
  app.get("/docs/:file", serveDocsAsset);
  app.use(
    refuse(deps, (method, url) => problem("route_not_found", `There is no ${method} ${url}. See /docs.`)),
  );
  app.use(refuseBrokenPath(deps));
  return app;
}

function registerPath(app: Express, deps: RouteDeps, path: string, group: readonly Route[]): void {
  const registered = app.route(path);
  for (const route of group)
    registered[route.method]((request, response) => void serveRoute(deps, route, request, response));
  const allow = allowedMethods(group);
  const legacy = group[0]?.legacy && legacyHeaders(group[0].legacy, {});
  registered.options((_, response) => void response.writeHead(204, { allow: allow.join(", ") }).end());
  registered.all(
    refuse(deps, (method) =>
      problem("method_not_allowed", `${method} is not allowed here. Use ${allow.join(", ")}.`, {
        details: { allow },
        headers: { allow: allow.join(", "), ...legacy },
      }),
    ),
  );
}

function allowedMethods(group: readonly Route[]): string[] {
  const methods = group.map((route) => route.method.toUpperCase());
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].toSorted();
}

/** /scripts/{scriptId} as Express writes it: /scripts/:scriptId. */
function toExpressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/gu, ":$1");
}

function refuse(deps: HttpDeps, makeProblem: (method: string, path: string) => Problem): RequestHandler {
  return (request, response) => {
    const startedAt = performance.now();
    const given = readHeader(request.headers, "correlation-id");
    const correlationId = typeof given === "string" ? given : newId();
    const outcome = makeProblem(request.method, request.path);
    sendAnswer(request, response, correlationId, outcome);
    const durationMs = performance.now() - startedAt;
    logRequest(deps, { route: { operationId: "none" }, request, correlationId, outcome, durationMs });
  };
}

/** Express itself throws one thing only: on a path whose percent-encoding is broken. */
function refuseBrokenPath(deps: HttpDeps): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const correlationId = newId();
    const outcome =
      error instanceof URIError
        ? problem("invalid_path", "The path's percent-encoding is not valid UTF-8.", {
            details: { fields: [] },
          })
        : unexpectedProblem(error, correlationId);
    sendAnswer(request, response, correlationId, outcome);
    logRequest(deps, {
      route: { operationId: "none" },
      request,
      correlationId,
      outcome,
      durationMs: 0,
      error,
    });
  };
}

function describeOnce(): RouteDeps["openApi"] {
  const made = new Map<OpenApiVersion, OpenApiDocument>();
  return (version) => {
    const known = made.get(version);
    if (known) return known;
    const document = buildOpenApi(routes);
    const described = version === "3.2" ? document : downgradeTo31(document);
    made.set(version, described);
    return described;
  };
}
