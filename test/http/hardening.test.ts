import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken } from "../../src/access/createToken.ts";
import { continueTrace } from "../../src/kernel/traceparent.ts";
import { createLog } from "../../src/main/createLog.ts";
import { readConfig } from "../../src/main/config.ts";
import { openOwnerSession } from "../support/ownerSession.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

const ORIGIN = "https://app.acme.example";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const edit = { commands: [{ command: "Scripts.UpdateDetails.v1", payload: { description: "x" } }] };

let app: TestApp;
const lines: string[] = [];
beforeAll(async () => {
  const log = createLog({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  app = await startApp({ worker: false, log, env: { CORS_ORIGINS: `${ORIGIN}, http://localhost:5173` } });
  await app.client.post("/scripts", { id: "scr", name: "Script", slug: "script" });
});
afterAll(async () => {
  await app.stop();
});

describe("every answer", () => {
  test("tells a browser to make nothing of it but data", async () => {
    const answers = [
      await app.client.get("/scripts/scr"),
      await app.client.get("/scripts/nope"),
      await app.client.get("/nothing/here"),
      await app.client.post("/scripts/scr/commands", { commands: 1 }),
    ];
    for (const { status, headers } of answers)
      expect([status, Object.fromEntries(headers)]).toEqual([
        status,
        expect.objectContaining({
          "content-security-policy": "default-src 'none';frame-ancestors 'none';base-uri 'none'",
          "strict-transport-security": "max-age=31536000; includeSubDomains",
          "x-content-type-options": "nosniff",
          "x-frame-options": "DENY",
          "referrer-policy": "no-referrer",
          "cross-origin-resource-policy": "same-origin",
          "cache-control": "no-store",
        }),
      ]);
  });

  test("of the page at /docs lets the page load what is its own, and nothing else", async () => {
    for (const path of ["/docs", "/docs/page.js", "/docs/page.css"]) {
      const { headers } = await fetch(app.url + path);
      expect([path, headers.get("content-security-policy"), headers.get("x-content-type-options")]).toEqual([
        path,
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
        "nosniff",
      ]);
    }
  });

  test("names no file and no line of the service", async () => {
    await using owner = await openOwnerSession(app.database);
    await owner.query(`alter table scripts."IdempotencyKey" rename to "Elsewhere"`);
    const broken = await app.client.post("/scripts/scr/commands", edit, { "idempotency-key": "broken" });
    await owner.query(`alter table scripts."Elsewhere" rename to "IdempotencyKey"`);
    expect([broken.status, broken.body.code]).toEqual([500, "internal_error"]);
    expect(JSON.stringify(broken.body)).not.toMatch(/\.ts\b|node_modules|prisma|IdempotencyKey|at \w+ \(/iu);
    expect(lines.join("")).toMatch(/IdempotencyKey/u);
  });
});

describe("pages of other origins", () => {
  const from = (origin: string, method: string, headers = {}) =>
    fetch(`${app.url}/scripts/scr`, { method, headers: { origin, ...headers } });

  test("that are listed may use the API, and may read its headers", async () => {
    const preflight = await from(ORIGIN, "OPTIONS", {
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "authorization,if-match,idempotency-key",
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET,HEAD,POST,PATCH");
    for (const name of ["authorization", "content-type", "if-match", "idempotency-key", "correlation-id"])
      expect(preflight.headers.get("access-control-allow-headers")).toContain(name);
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    const { headers } = await app.client.get("/scripts/scr", { origin: ORIGIN });
    expect(headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(headers.get("vary")).toBe("Origin");
    for (const name of ["etag", "location", "correlation-id", "ratelimit", "retry-after"])
      expect(headers.get("access-control-expose-headers")).toContain(name);
  });

  test("that are not listed are told nothing", async () => {
    for (const origin of [
      "https://evil.example",
      "null",
      `${ORIGIN}.evil.example`,
      "http://app.acme.example",
    ]) {
      const preflight = await from(origin, "OPTIONS", { "access-control-request-method": "GET" });
      expect([origin, preflight.headers.get("access-control-allow-origin")]).toEqual([origin, null]);
      const { headers } = await app.client.get("/scripts/scr", { origin });
      expect([origin, headers.get("access-control-allow-origin")]).toEqual([origin, null]);
    }
  });

  test("leave OPTIONS to say what is allowed when it is no preflight", async () => {
    for (const headers of [{}, { origin: ORIGIN }]) {
      const options = await fetch(`${app.url}/scripts/scr`, { method: "OPTIONS", headers });
      expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS, PATCH"]);
    }
  });

  test("are none unless they are listed, and a list of anything else is refused", async () => {
    expect(readConfig({}).CORS_ORIGINS).toEqual([]);
    for (const origins of ["*", "app.acme.example", `${ORIGIN}/`, `${ORIGIN},*`])
      expect(() => readConfig({ CORS_ORIGINS: origins })).toThrow(/CORS_ORIGINS/u);
  });
});

describe("limits", () => {
  test("a token has so many requests a minute, is told of it, and no other token with it", async () => {
    const limited = await startApp({ worker: false, env: { RATE_LIMIT_PER_MINUTE: "3" } });
    const left = [];
    for (let count = 0; count < 3; count++) left.push(await limited.client.get("/scripts"));
    expect(left.map(({ status, headers }) => [status, headers.get("ratelimit")?.split(";")[1]])).toEqual([
      [200, " r=2"],
      [200, " r=1"],
      [200, " r=0"],
    ]);
    expect(left[0]!.headers.get("ratelimit-policy")).toBe('"token"; q=3; w=60');
    const refused = await limited.client.get("/scripts");
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(refused.headers.get("ratelimit")).toContain("r=0");
    expect((await limited.client.as({ "x-tenant-id": "t2" }).get("/scripts")).status).toBe(200);
    for (const path of ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"])
      expect([path, (await limited.client.get(path)).status]).toEqual([path, 200]);
    await limited.stop();
  });

  test("an address that tries out tokens is slowed down, and those with a good one are not", async () => {
    const limited = await startApp({ worker: false, env: { AUTHORIZATION_FAILURES_PER_MINUTE: "5" } });
    const statuses = [];
    for (let count = 0; count < 7; count++)
      statuses.push(
        (await limited.client.as({ authorization: `Bearer guess-${count}` }).get("/scripts")).status,
      );
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await limited.client.get("/scripts")).status).toBe(200);
    await limited.stop();
  });

  test("0 is no limit and no header", async () => {
    const free = await startApp({ worker: false, env: { RATE_LIMIT_PER_MINUTE: "0" } });
    const { status, headers } = await free.client.get("/scripts");
    expect([status, headers.get("ratelimit")]).toEqual([200, null]);
    await free.stop();
  });

  test("headers of more than 16 KB are refused, and a body that is nested too deep", async () => {
    const port = Number(new URL(app.url).port);
    const answered = await new Promise<string>((resolve) => {
      let received = "";
      const socket = connect(port, "127.0.0.1", () =>
        socket.write(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-large: ${"x".repeat(20_000)}\r\n\r\n`),
      );
      socket.on("data", (chunk) => (received += chunk.toString()));
      socket.on("close", () => resolve(received));
    });
    expect(answered).toMatch(/^HTTP\/1\.1 431 .*more than 16384 bytes/su);
    const deep = `{"commands":${"[".repeat(60)}${"]".repeat(60)}}`;
    const nested = await app.client.send("POST", "/scripts/scr/commands", {
      raw: deep,
      headers: { "content-type": "application/json" },
    });
    expect([nested.status, nested.body.details.fields[0].code]).toEqual([422, "too_deep"]);
  });
});

describe("the log", () => {
  test("has no token, ticket, cookie or password in it, wherever it stood", async () => {
    const secret = "sct_01956f4e-5a10-7c3a-9d2e-0f6b7a8c9d01_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG";
    const jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
    const from = lines.length;
    for (const token of [secret, jwt, "plain-guess-123"])
      await app.client.as({ authorization: `Bearer ${token}` }).get("/scripts");
    await app.client.get("/scripts?ticket=ticket-4711&access_token=query-token-1", {
      cookie: "session=cookie-99",
    });
    const log = createLog({ level: "info" }, { write: (line: string) => void lines.push(line) });
    log.info({
      headers: { authorization: `Bearer ${secret}`, cookie: "session=cookie-99" },
      token: "member-1",
    });
    log.error(
      { err: new Error("connect postgres://script_api:pass-word-1@db:5432/x failed") },
      `with ${secret}`,
    );
    log.warn(
      { req: { headers: { authorization: "Basic dXNlcjpwYXNz" } } },
      "Authorization: Bearer plain-guess-123",
    );
    const said = lines.slice(from).join("");
    expect(said).toContain("/scripts?ticket=***");
    for (const hidden of [
      "AbCdEfGh",
      jwt,
      "plain-guess-123",
      "ticket-4711",
      "query-token-1",
      "cookie-99",
      "member-1",
      "pass-word-1",
      "dXNlcjpwYXNz",
      "dev-token",
    ])
      expect([hidden, lines.join("").includes(hidden)]).toEqual([hidden, false]);
  });

  test("names a request by its correlation id and its trace", async () => {
    const from = lines.length;
    await app.client.get("/scripts/nope", { "correlation-id": "call-77", traceparent: TRACEPARENT });
    const line = JSON.parse(lines[from]!) as Record<string, unknown>;
    expect(line).toMatchObject({ correlationId: "call-77", status: 404, problem: "script_not_found" });
    expect(line["traceparent"]).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`, "u"));
  });

  test("names a generic command by the id that its body has", async () => {
    const from = lines.length;
    const envelope = { command: "Contacts.Link.v1", correlationId: "call-80", payload: {} };
    expect((await app.client.post("/commands", envelope)).status).toBe(202);
    const said = lines.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toContainEqual(
      expect.objectContaining({ operation: "sendCommand", correlationId: "call-80" }),
    );
  });

  test("does not take a caller's mistake for one of ours", async () => {
    const from = lines.length;
    await app.client.get("/scripts/%zz", { "correlation-id": "call-79" });
    const said = lines.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toMatchObject([
      { level: 30, status: 400, problem: "invalid_path", correlationId: "call-79" },
    ]);
    expect(said[0]).not.toHaveProperty("err");
  });

  test("names who asked by tenant and token, whatever the headers say", async () => {
    const { token, id } = await createToken(
      { prisma: app.prisma, now: () => new Date() },
      { tenantId: "t7", label: "log", role: "viewer", actorType: "USER", actorId: "u7" },
    );
    const from = lines.length;
    const client = app.client.as({ authorization: `Bearer ${token}`, "x-actor-id": undefined });
    await client.get("/scripts/nope", { "x-tenant-id": undefined });
    await client.get("/scripts/nope", { "x-tenant-id": "t1" });
    const said = lines.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toMatchObject([
      { status: 404, tenantId: "t7", tokenId: id },
      { status: 403, tenantId: "t1", problem: "tenant_mismatch" },
    ]);
  });
});

describe("a trace", () => {
  test("is gone on with under a new span, and never with what is malformed", () => {
    const continued = continueTrace(TRACEPARENT);
    expect(continued).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`, "u"));
    expect(continued).not.toBe(TRACEPARENT);
    // Of a later version what is known is kept; flags that are not known are not sent on.
    expect(continueTrace(`cc-${TRACE}-00f067aa0ba902b7-09-what-the-future`)).toMatch(/^00-.*-01$/u);
    for (const bad of [
      undefined,
      "",
      TRACEPARENT.toUpperCase(),
      `${TRACEPARENT}-more`,
      `${TRACEPARENT}, ${TRACEPARENT}`,
      `ff-${TRACE}-00f067aa0ba902b7-01`,
      `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      `00-${TRACE}-${"0".repeat(16)}-01`,
      `00-${TRACE}-00f067aa0ba902b7`,
      `00-${TRACE}-00f067aa0ba902b7-1`,
      ` ${TRACEPARENT}`,
    ])
      expect([bad, continueTrace(bad)]).toEqual([bad, undefined]);
  });

  test("goes with the job that an edit makes due, beside the correlation id", async () => {
    await app.client.post(
      "/scripts",
      { id: "scr_trace", name: "Traced", slug: "traced" },
      {
        "correlation-id": "call-78",
        traceparent: TRACEPARENT,
      },
    );
    await using owner = await openOwnerSession(app.database);
    const [job] = await owner.query(
      `select data from pgboss.job where name = 'materialize' and data ->> 'scriptId' = 'scr_trace'`,
    );
    expect(job!["data"]).toEqual({
      tenantId: "t1",
      scriptId: "scr_trace",
      correlationId: "call-78",
      traceparent: expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`, "u")),
    });
    const from = lines.length;
    await app.startWorker();
    await expect
      .poll(() =>
        lines.slice(from).find((line) => line.includes("script materialized") && line.includes("call-78")),
      )
      .toContain(TRACE);
    await app.stopWorker();
  });
});
