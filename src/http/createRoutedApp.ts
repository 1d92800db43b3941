import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import { newId } from "../kernel/newId.ts";
import type { HttpDeps, RouteDeps } from "./httpDeps.ts";
import { legacyHeaders } from "./legacyContract.ts";
import { logRequest } from "./logRequest.ts";
import { problem, type Problem } from "./problems.ts";
import { readHeader } from "./requestHeaders.ts";
import type { Answer, Route } from "./route.ts";
import { sendAnswer } from "./sendAnswer.ts";
import { serveRoute } from "./serveRoute.ts";
import { unexpectedProblem } from "./unexpectedProblem.ts";

/**
 * Serves a list of operations, and answers everything else with a problem. Express does the routing; the rest is
 * in serveRoute. prepare adds what is no operation, and goes before. wayOut: where to look for what there is.
 */
export function createRoutedApp(
  deps: RouteDeps,
  routes: readonly Route[],
  { wayOut, prepare }: { readonly wayOut: string; readonly prepare?: (app: Express) => void },
): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);
  // Whoever guards /metrics in front of the service should not have to think of /Metrics.
  app.enable("case sensitive routing");
  prepare?.(app);
  for (const [path, group] of Map.groupBy(routes, (route) => toExpressPath(route.path)))
    registerPath(app, deps, path, group);
  app.use(
    respond(deps, ({ method, path }) =>
      problem("route_not_found", `There is no ${method} ${path}. ${wayOut}`),
    ),
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
  const headers = { allow: allow.join(", "), ...legacy };
  registered.options(respond(deps, () => ({ kind: "answer", status: 204, headers })));
  registered.all(
    respond(deps, ({ method }) => {
      const message = `${method} is not allowed here. Use ${allow.join(", ")}.`;
      return problem("method_not_allowed", message, { details: { allow }, headers });
    }),
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

type SendDeps = Pick<HttpDeps, "log" | "metrics">;

/** Answers what is no operation. */
function respond(deps: SendDeps, toOutcome: (request: Request) => Answer | Problem): RequestHandler {
  return (request, response) => send(deps, request, response, () => toOutcome(request));
}

/** Express itself throws one thing only: on a path whose percent-encoding is broken. */
function refuseBrokenPath(deps: SendDeps): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (error instanceof URIError) send(deps, request, response, brokenPath);
    else send(deps, request, response, (correlationId) => unexpectedProblem(error, correlationId), error);
  };
}

function brokenPath(): Problem {
  const message = "The path's percent-encoding is not valid UTF-8.";
  return problem("invalid_path", message, { details: { fields: [] } });
}

function send(
  deps: SendDeps,
  request: Request,
  response: Response,
  toOutcome: (correlationId: string) => Answer | Problem,
  error?: unknown,
): void {
  const startedAt = performance.now();
  const given = readHeader(request.headers, "correlation-id");
  const correlationId = typeof given === "string" ? given : newId();
  const outcome = toOutcome(correlationId);
  sendAnswer(request, response, correlationId, outcome);
  const durationMs = performance.now() - startedAt;
  logRequest(deps, { route: { operationId: "none" }, request, correlationId, outcome, durationMs, error });
}
