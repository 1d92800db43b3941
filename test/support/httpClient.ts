import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { newId } from "../../src/kernel/newId.ts";
import { PROBLEM_SCHEMAS } from "../../src/http/problemSchemas.ts";
import { PROBLEM_HEADERS, PROBLEMS, type ProblemCode } from "../../src/http/problems.ts";
import type { Route } from "../../src/http/route.ts";
import { routes } from "../../src/http/routes.ts";

export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or text, or undefined when there is no body. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read members that the response's schema has vouched for
  readonly body: any;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** JSON to send. */
  readonly body?: unknown;
  /** Bytes to send instead, as they are. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
}

export interface HttpClient {
  /** Sends one request, under a new Idempotency-Key where one is needed, and fails when the answer is not one that the operation declares. */
  send(method: string, path: string, options?: SendOptions): Promise<TestResponse>;
  get(path: string, headers?: SendOptions["headers"]): Promise<TestResponse>;
  post(path: string, body?: unknown, headers?: SendOptions["headers"]): Promise<TestResponse>;
  patch(path: string, body?: unknown, headers?: SendOptions["headers"]): Promise<TestResponse>;
  /** The same client with other headers; undefined takes one away. */
  as(headers: Readonly<Record<string, string | undefined>>): HttpClient;
}

/** A client for tests that holds every answer against the declaration of its operation. */
export function createHttpClient(
  url: string,
  headers: Readonly<Record<string, string | undefined>>,
): HttpClient {
  async function send(method: string, path: string, options: SendOptions = {}): Promise<TestResponse> {
    const sent = withoutUndefined({
      ...(findRoute(method, path)?.needsIdempotencyKey ? { "idempotency-key": newId() } : {}),
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
      ...options.headers,
    });
    const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(url + path, {
      method,
      headers: sent,
      redirect: "manual",
      body: body ?? null,
    });
    const text = await response.text();
    const isJson = /json/u.test(response.headers.get("content-type") ?? "");
    const parsed: unknown = text === "" ? undefined : isJson ? JSON.parse(text) : text;
    const answered = { status: response.status, headers: response.headers, body: parsed };
    expectDeclared(method, path, answered);
    return answered;
  }
  return {
    send,
    get: (path, more = {}) => send("GET", path, { headers: more }),
    post: (path, body, more = {}) => send("POST", path, { body, headers: more }),
    patch: (path, body, more = {}) => send("PATCH", path, { body, headers: more }),
    as: (more) => createHttpClient(url, { ...headers, ...more }),
  };
}

function withoutUndefined(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Fails when an answer is not what the operation of this method and path declares. */
export function expectDeclared(method: string, path: string, response: TestResponse): void {
  const where = `${method} ${path} -> ${response.status}`;
  const fail = (what: string): never => {
    throw new Error(`${where}: ${what}\n${JSON.stringify(response.body, null, 2)?.slice(0, 4_000)}`);
  };
  if (!response.headers.get("correlation-id")) fail("Correlation-Id is missing.");
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/problem+json")) expectProblem(findRoute(method, path), response, fail);
  else expectAnswer(findRoute(method === "HEAD" ? "GET" : method, path), method, response, fail);
}

type Fail = (what: string) => never;

/** What any path and method may answer, whether there is an operation or not. */
const ROUTER_PROBLEMS: readonly ProblemCode[] = ["route_not_found", "method_not_allowed", "invalid_path"];

function expectProblem(route: Route | undefined, { status, headers, body }: TestResponse, fail: Fail): void {
  const code = (body as { code: ProblemCode }).code;
  const schema = PROBLEM_SCHEMAS.get(code);
  if (!schema) return fail(`the problem code "${code}" is not in the table.`);
  if (PROBLEMS[code].status !== status) fail(`${code} has the status ${PROBLEMS[code].status}.`);
  if (![...(route?.problems ?? []), ...ROUTER_PROBLEMS].includes(code)) fail(`${code} is not declared.`);
  for (const header of PROBLEM_HEADERS[code] ?? []) if (!headers.get(header)) fail(`${header} is missing.`);
  expectShape(schema, body, fail);
}

function expectAnswer(route: Route | undefined, method: string, response: TestResponse, fail: Fail): void {
  const spec = route?.responses[response.status];
  if (!spec) return fail(`the status is not declared.`);
  for (const header of spec.headers ?? []) if (!response.headers.get(header)) fail(`${header} is missing.`);
  if (method === "HEAD" || !spec.schema) {
    if (response.body !== undefined) fail("there is a body.");
    return;
  }
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith(spec.contentType ?? "application/json")) fail(`the content type is ${type}.`);
  expectShape(spec.schema, response.body, fail);
}

/** A schema drops what it does not know, so an answer with a member too many is not equal to what comes out. */
export function expectShape(
  schema: NonNullable<Route["responses"][number]["schema"]>,
  body: unknown,
  fail: Fail,
): void {
  const parsed = schema.safeParse(body);
  if (!parsed.success) return fail(parsed.error.message);
  if (canonicalJson(parsed.data) !== canonicalJson(body))
    fail(
      `the answer has members that are not declared. Declared are:\n${JSON.stringify(parsed.data, null, 2)}`,
    );
}

const patterns = routes.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/gu, "[^/]+")}/?$`),
}));

function findRoute(method: string, path: string): Route | undefined {
  // As fetch sends it: with /a/../b made /b.
  const { pathname } = new URL(`http://any${path}`);
  return patterns.find(
    ({ route, pattern }) => route.method === method.toLowerCase() && pattern.test(pathname),
  )?.route;
}
