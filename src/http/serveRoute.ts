import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { findUnsafeJson } from "../kernel/findUnsafeJson.ts";
import { newId } from "../kernel/newId.ts";
import type { Actor } from "../scripts/storedCommand.ts";
import { fieldProblems } from "./fieldProblems.ts";
import type { RouteDeps } from "./httpDeps.ts";
import { readActor, readTenant } from "./identity.ts";
import { logRequest } from "./logRequest.ts";
import { parseQuery } from "./parseQuery.ts";
import { readPrecondition, type Precondition } from "./preconditions.ts";
import { problem, type Problem, type ProblemCode } from "./problems.ts";
import { readBody } from "./readBody.ts";
import { readHeader } from "./requestHeaders.ts";
import type { Answer, Route, WriteMembers } from "./route.ts";
import { sendAnswer } from "./sendAnswer.ts";
import { unexpectedProblem } from "./unexpectedProblem.ts";

interface Incoming {
  readonly request: IncomingMessage;
  readonly params: unknown;
  readonly correlationId: string;
  readonly hangUp: () => AbortSignal;
}

/** Serves one request of a route, from its headers to the last byte of its answer. Never rejects. */
export async function serveRoute(
  deps: RouteDeps,
  route: Route,
  request: IncomingMessage & { readonly params: unknown },
  response: ServerResponse,
): Promise<void> {
  const startedAt = performance.now();
  const given = readHeader(request.headers, "correlation-id");
  const correlationId = typeof given === "string" ? given : newId();
  let outcome: Answer | Problem | "aborted";
  let error: unknown;
  try {
    const hangUp = () => signalOnClose(response);
    const incoming = { request, params: request.params, correlationId, hangUp };
    outcome = typeof given === "object" ? given : await answerRequest(deps, route, incoming);
    if (outcome !== "aborted") sendAnswer(request, response, correlationId, outcome);
  } catch (thrown) {
    error = thrown;
    outcome = unexpectedProblem(thrown, correlationId);
    // An answer whose head is out already can only be cut off.
    if (response.headersSent) response.destroy();
    else sendAnswer(request, response, correlationId, outcome);
  }
  logRequest(deps, {
    route,
    request,
    correlationId,
    outcome,
    durationMs: performance.now() - startedAt,
    error,
  });
}

async function answerRequest(
  deps: RouteDeps,
  route: Route,
  incoming: Incoming,
): Promise<Answer | Problem | "aborted"> {
  const { headers } = incoming.request;
  const tenantId = route.scope === "public" ? "" : readTenant(headers);
  if (typeof tenantId === "object") return tenantId;
  const params = parse(route.params, incoming.params, "invalid_path");
  if (params.kind === "problem") return params;
  const query = parseQueryOf(route, incoming.request.url ?? "/");
  if (query.kind === "problem") return query;
  const body = await readValidBody(deps, route, incoming.request);
  if (body.kind !== "parsed") return body.kind === "aborted" ? "aborted" : body;
  const write = readWrite(route, incoming.request, body.value);
  if (write.kind === "problem") return write;
  return route.handle(deps, {
    params: params.value,
    query: query.value,
    body: body.value,
    headers,
    correlationId: incoming.correlationId,
    tenantId,
    actor: write.actor,
    precondition: write.precondition,
    hangUp: incoming.hangUp,
  });
}

function signalOnClose(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

type Parsed = { readonly kind: "parsed"; readonly value: unknown } | Problem;

const PARSED_NOTHING: Parsed = { kind: "parsed", value: undefined };

function parse(schema: z.ZodType | undefined, value: unknown, code: ProblemCode): Parsed {
  if (!schema) return PARSED_NOTHING;
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: "parsed", value: parsed.data };
  const fields = fieldProblems(parsed.error);
  const list = fields.map((field) => (field.path ? `${field.path}: ${field.message}` : field.message));
  return problem(code, list.slice(0, 3).join(" "), { details: { fields } });
}

function parseQueryOf(route: Route, url: string): Parsed {
  if (!route.query) return PARSED_NOTHING;
  const at = url.indexOf("?");
  const members = parseQuery(at < 0 ? "" : url.slice(at + 1));
  if (members) return parse(route.query, members, "invalid_query");
  return problem(
    "invalid_query",
    "The query is not well-formed: a name stands twice, or the percent-encoding is not valid UTF-8.",
    { details: { fields: [] } },
  );
}

/**
 * Deepest nesting of a body. The document that a JSON patch carries is the deepest thing that can be legal:
 * 24 levels, within an operation, a list, a payload, a command, a list and the body.
 */
const MAX_DEPTH = 40;

async function readValidBody(
  deps: RouteDeps,
  route: Route,
  request: IncomingMessage,
): Promise<Parsed | { readonly kind: "aborted" }> {
  if (!route.body) return PARSED_NOTHING;
  const read = await readBody(request, deps.config.bodyLimitBytes);
  if (read.kind !== "body") return read;
  // Before zod looks at it: zod passes over __proto__ in a record.
  const unsafe = findUnsafeJson(read.value, MAX_DEPTH);
  if (!unsafe) return parse(route.body.schema, read.value, "invalid_body");
  const { path, message, code } = unsafe;
  const refused = route.refuseUnsafe?.(unsafe);
  return (
    refused ??
    problem("invalid_body", `${path}: ${message}`, { details: { fields: [{ path, message, code }] } })
  );
}

interface Write {
  readonly kind: "write";
  readonly actor: Actor | undefined;
  readonly precondition: Precondition;
}

const NO_PRECONDITION: Precondition = {
  kind: "precondition",
  expectedSequence: undefined,
  fromHeader: false,
};
const NO_WRITE: Write = { kind: "write", actor: undefined, precondition: NO_PRECONDITION };

function readWrite(route: Route, request: IncomingMessage, body: unknown): Write | Problem {
  if (route.scope !== "write") return NO_WRITE;
  const members = body as WriteMembers;
  const actor = readActor(request.headers, members.actor);
  if ("kind" in actor) return actor;
  const precondition = readPrecondition(request.headers, members.expectedSequence);
  if (precondition.kind === "problem") return precondition;
  return { kind: "write", actor, precondition };
}
