import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { NOBODY, type Principal } from "../access/principal.ts";
import { findUnsafeJson } from "../kernel/findUnsafeJson.ts";
import { newId } from "../kernel/newId.ts";
import { continueTrace } from "../kernel/traceparent.ts";
import { sayMissing } from "../scripts/sayMissing.ts";
import type { Actor } from "../scripts/storedCommand.ts";
import { fieldProblems } from "./fieldProblems.ts";
import type { RouteDeps } from "./httpDeps.ts";
import { checkNamedTenant, checkRole, identify, readActor } from "./identity.ts";
import { readIdempotencyKey, toKeyedRequest } from "./idempotency/keyedRequest.ts";
import { legacyHeaders } from "./legacyContract.ts";
import { limitCaller } from "./limitCaller.ts";
import { logRequest } from "./logRequest.ts";
import { parseQuery } from "./parseQuery.ts";
import { readPrecondition, type Precondition } from "./preconditions.ts";
import { problem, type FieldProblem, type Problem, type ProblemCode } from "./problems.ts";
import { readBody } from "./readBody.ts";
import { readHeader } from "./requestHeaders.ts";
import type { Answer, Route, WriteMembers } from "./route.ts";
import { sendAnswer } from "./sendAnswer.ts";
import { unexpectedProblem } from "./unexpectedProblem.ts";

interface Incoming {
  readonly request: IncomingMessage;
  /** Headers of the answer, whatever it is. Filled on the way to it. */
  readonly said: Record<string, string>;
  /** Who asks, for the log. Set as soon as it is known. */
  readonly known: { caller?: Principal };
  readonly params: unknown;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
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
  const traceparent = continueTrace(request.headers["traceparent"]);
  const said: Incoming["said"] = route.legacy ? legacyHeaders(route.legacy, request.params) : {};
  const known: Incoming["known"] = {};
  let outcome: Answer | Problem | "aborted";
  let error: unknown;
  try {
    const hangUp = () => signalOnClose(response);
    const { params } = request;
    const incoming = { request, said, known, params, correlationId, traceparent, hangUp };
    outcome = typeof given === "object" ? given : await answerRequest(deps, route, incoming);
    if (outcome !== "aborted") {
      sendAnswer(request, response, correlationId, outcome, said);
      if (outcome.kind === "answer") await outcome.stream?.(response);
    }
  } catch (thrown) {
    error = thrown;
    outcome = unexpectedProblem(thrown, correlationId);
    // An answer whose head is out already can only be cut off.
    if (response.headersSent) response.destroy();
    else sendAnswer(request, response, correlationId, outcome, said);
  }
  // The answer may go under an id that the body named.
  const answered = outcome === "aborted" ? undefined : outcome.headers?.["correlation-id"];
  logRequest(deps, {
    route,
    request,
    caller: known.caller,
    correlationId: answered ?? correlationId,
    traceparent,
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
  const principal = await admit(deps, route, incoming);
  if ("kind" in principal) return principal;
  const { tenantId } = principal;
  const key = readIdempotencyKey(route, headers);
  if (typeof key === "object") return key;
  const params = parse(route.params, incoming.params, "invalid_path");
  if (params.kind === "problem") return params;
  const query = parseQueryOf(route, incoming.request.url ?? "/");
  if (query.kind === "problem") return query;
  const body = await readValidBody(deps, route, incoming.request);
  if (body.kind !== "parsed") return body.kind === "aborted" ? "aborted" : body;
  const named = checkNamedTenant({ query: query.value, body: body.value }, tenantId);
  if (named) return named;
  const write = readWrite(route, incoming.request, body.value, principal);
  if (write.kind === "problem") return write;
  const parsed = {
    params: params.value,
    query: query.value,
    body: body.value,
    headers,
    correlationId: incoming.correlationId,
    principal,
    tenantId,
    actor: write.actor,
    precondition: write.precondition,
    traceparent: incoming.traceparent,
  };
  if (key === undefined)
    return route.handle(deps, {
      ...parsed,
      effectId: newId(),
      idempotent: false,
      hangUp: incoming.hangUp,
    });
  const keyed = toKeyedRequest(route, {
    key,
    tenantId,
    actor: write.actor,
    url: incoming.request.url ?? "/",
    params: params.value,
    body: body.given,
    expectedSequence: write.precondition.expectedSequence,
  });
  return deps.answerOnce(keyed, (effectId) =>
    // Worked on to its end even when the client hangs up: its answer is kept for the repeat.
    route.handle(deps, { ...parsed, effectId, idempotent: true, hangUp: neverHungUp }),
  );
}

/** Who asks, once it is known that they may use the operation. */
async function admit(
  deps: RouteDeps,
  route: Route,
  { request, said, known }: Incoming,
): Promise<Principal | Problem> {
  if (route.scope === "public") return NOBODY;
  const { headers, url = "/" } = request;
  const principal = await identify(deps, route, { headers, url });
  if (!("kind" in principal)) known.caller = principal;
  const { headers: limits, refused } = await limitCaller(deps, request, principal);
  Object.assign(said, limits);
  if (refused) return refused;
  if ("kind" in principal) return principal;
  return checkRole(route, principal.role) ?? principal;
}

function neverHungUp(): AbortSignal {
  return new AbortController().signal;
}

function signalOnClose(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

type Parsed = ParsedValue | Problem;

interface ParsedValue {
  readonly kind: "parsed";
  readonly value: unknown;
  /** Of a body: as the caller sent it. */
  readonly given?: unknown;
}

const PARSED_NOTHING: Parsed = { kind: "parsed", value: undefined };

function parse(schema: z.ZodType | undefined, value: unknown, code: ProblemCode): Parsed {
  if (!schema) return PARSED_NOTHING;
  const parsed = schema.safeParse(value, sayMissing);
  return parsed.success
    ? { kind: "parsed", value: parsed.data }
    : invalidFields(code, fieldProblems(parsed.error));
}

function invalidFields(code: ProblemCode, fields: readonly FieldProblem[]): Problem {
  const list = fields.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return problem(code, list.slice(0, 3).join(" "), { details: { fields } });
}

function parseQueryOf(route: Route, url: string): Parsed {
  if (!route.query) return PARSED_NOTHING;
  const at = url.indexOf("?");
  const query = parseQuery(at < 0 ? "" : url.slice(at + 1));
  return query.kind === "query"
    ? parse(route.query, query.members, "invalid_query")
    : invalidFields("invalid_query", [query.field]);
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
  if (unsafe) return route.refuseUnsafe?.(unsafe) ?? invalidFields("invalid_body", [unsafe]);
  const parsed = parse(route.body.schema, read.value, "invalid_body");
  if (parsed.kind === "parsed") return { ...parsed, given: read.value };
  return read.value === undefined ? missingBody() : parsed;
}

function missingBody(): Problem {
  const message = "The body is missing. Send one, as JSON.";
  return invalidFields("invalid_body", [{ path: "", message, code: "invalid_type" }]);
}

interface Write {
  readonly kind: "write";
  readonly actor: Actor;
  readonly precondition: Precondition;
}

const NO_PRECONDITION: Precondition = {
  kind: "precondition",
  expectedSequence: undefined,
  fromHeader: false,
};

function readWrite(
  route: Route,
  request: IncomingMessage,
  body: unknown,
  principal: Principal,
): Write | Problem {
  if (route.scope !== "write")
    return { kind: "write", actor: principal.actor, precondition: NO_PRECONDITION };
  const members = body as WriteMembers;
  const actor = readActor(principal, members.actor);
  if ("kind" in actor) return actor;
  const precondition = readPrecondition(request.headers, members.expectedSequence);
  if (precondition.kind === "problem") return precondition;
  return { kind: "write", actor, precondition };
}
