import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pino } from "pino";
import { createApp } from "../../src/http/createApp.ts";
import type { HttpDeps } from "../../src/http/httpDeps.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { startHttp, type RunningHttp } from "../../src/http/startHttp.ts";
import { createHttpClient, expectDeclared } from "../support/httpClient.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ worker: false, env: { BODY_LIMIT_MB: "0.1", DEFAULT_WAIT_SECONDS: "0" } });
  await app.client.post("/scripts", { id: "scr", name: "Script", slug: "script" });
});
afterAll(async () => {
  await app.stop();
});

const HEADERS = { authorization: "Bearer dev-token", "x-tenant-id": "t1" };
const JSON_TYPE = { "content-type": "application/json" };
const edit = { commands: [{ command: "Scripts.UpdateDetails.v1", payload: { description: "x" } }] };
const send = (raw: string | Uint8Array<ArrayBuffer>, headers = {}) =>
  app.client.send("POST", "/scripts/scr/commands", { raw, headers: { ...JSON_TYPE, ...headers } });

describe("identity", () => {
  test("a request names its tenant", async () => {
    const missing = await app.client.as({ "x-tenant-id": undefined }).get("/scripts");
    expect([missing.status, missing.body.code]).toEqual([400, "tenant_missing"]);
    for (const tenant of ["a b", "-x", "a:b", "x".repeat(65), "__proto__", "a, b", ""]) {
      const { status, body } = await app.client.as({ "x-tenant-id": tenant }).get("/scripts");
      expect([tenant, status, body.code]).toEqual([tenant, 400, "tenant_invalid"]);
    }
  });

  test("an actor that is named is one that can be, and not two of them", async () => {
    const path = "/scripts/scr/commands";
    const two = await app.client.post(path, { ...edit, actor: { id: "u2" } });
    expect([two.status, two.body.code]).toEqual([403, "actor_mismatch"]);
    const badType = await app.client.as({ "x-actor-type": "BACKFILL" }).post(path, edit);
    expect([badType.status, badType.body.code]).toEqual([400, "actor_invalid"]);
    const badId = await app.client.as({ "x-actor-id": "a b" }).post(path, edit);
    expect([badId.status, badId.body.code]).toEqual([400, "actor_invalid"]);
    const badBody = await app.client.post(path, { ...edit, actor: { id: "u1", type: "BACKFILL" } });
    expect([badBody.status, badBody.body.details.fields[0].path]).toEqual([422, "/actor/type"]);
    expect((await app.client.post(path, { ...edit, actor: { id: "u1" } })).status).toBe(201);
  });

  test("a correlation id is made when missing, given back, and refused when it cannot be logged", async () => {
    const made = await app.client.get("/scripts");
    expect(made.headers.get("correlation-id")).toMatch(/^[0-9a-f-]{36}$/);
    const given = await app.client.get("/scripts/nope", { "correlation-id": "call-1" });
    expect([given.status, given.headers.get("correlation-id")]).toEqual([404, "call-1"]);
    const bad = await app.client.get("/scripts", { "correlation-id": "a b" });
    expect([bad.status, bad.body.code]).toEqual([400, "correlation_id_invalid"]);
  });
});

describe("paths and methods", () => {
  test("an unknown path is a 404 problem, with the members of both conventions", async () => {
    const { status, body } = await app.client.get("/nothing/here?x=1");
    expect([status, body]).toEqual([
      404,
      {
        code: "route_not_found",
        message: "There is no GET /nothing/here. See /docs.",
        type: "/docs#problem-route_not_found",
        title: "There is nothing at this path",
        status: 404,
        instance: "/nothing/here",
      },
    ]);
  });

  test.each([
    ["DELETE", "/scripts", "GET, HEAD, OPTIONS, POST"],
    ["DELETE", "/scripts/scr", "GET, HEAD, OPTIONS, PATCH"],
    ["PUT", "/scripts/scr/commands", "GET, HEAD, OPTIONS, POST"],
    ["GET", "/scripts/validate", "OPTIONS, POST"],
    ["POST", "/healthz", "GET, HEAD, OPTIONS"],
    ["GET", "/scripts/scr/rollback", "OPTIONS, POST"],
  ])("%s %s is not allowed, and the answer says what is", async (method, path, allow) => {
    const { status, body, headers } = await app.client.send(method, path);
    expect([status, body.code, headers.get("allow")]).toEqual([405, "method_not_allowed", allow]);
  });

  test("OPTIONS says what is allowed, HEAD answers like GET without a body", async () => {
    const options = await fetch(`${app.url}/scripts/scr`, {
      method: "OPTIONS",
      headers: { "correlation-id": "call-1" },
    });
    expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS, PATCH"]);
    expect(options.headers.get("correlation-id")).toBe("call-1");
    const head = await app.client.send("HEAD", "/scripts/scr");
    expect([head.status, head.headers.get("etag")]).toEqual([200, '"2"']);
  });

  test.each(["a%00b", "%ED%A0%80", "%zz", "a%20b", "-x", "x".repeat(65), "%2e%2e%2fadmin", "a%2Fb"])(
    "the script id %s is refused as a path",
    async (id) => {
      for (const path of [`/scripts/${id}`, `/scripts/${id}/graph`, `/scripts/${id}/audit`]) {
        const { status, body } = await app.client.get(path);
        expect([path, status, body.code]).toEqual([path, 400, "invalid_path"]);
      }
    },
  );

  test("a path is told apart by case, and may end with a slash", async () => {
    for (const path of ["/Scripts", "/METRICS", "/scripts/scr/Graph"]) {
      const { status, body } = await app.client.get(path);
      expect([path, status, body.code]).toEqual([path, 404, "route_not_found"]);
    }
    expect((await app.client.get("/scripts/scr/")).body.id).toBe("scr");
  });

  test.each([
    ["limit=1&limit=2", "/limit", "duplicate_member"],
    ["limit=%ff", "/limit", "bad_encoding"],
    ["%zz=1", "/", "bad_encoding"],
    ["a~b=1", "/a~0b", "unknown_member"],
    ["limit=0", "/limit", "custom"],
    ["status=draft", "/status", "invalid_value"],
  ])("the query %s is refused, and the member is named", async (query, path, code) => {
    const { status, body } = await app.client.get(`/scripts?${query}`);
    expect([status, body.code]).toEqual([400, "invalid_query"]);
    expect(body.details.fields).toMatchObject([{ path, code }]);
    expect(body.message).toContain(path);
  });

  test("__proto__ and constructor are ids like any other that no script has", async () => {
    for (const id of ["__proto__", "constructor", "toString"]) {
      const { status, body } = await app.client.get(`/scripts/${id}/graph`);
      expect([id, status, body.code]).toEqual([id, 404, "script_not_found"]);
    }
  });
});

describe("bodies", () => {
  test("what is missing is called missing", async () => {
    const none = await send("");
    expect(none.body.details.fields).toEqual([
      { path: "", message: "The body is missing. Send one, as JSON.", code: "invalid_type" },
    ]);
    const empty = await send("{}");
    expect([empty.body.code, empty.body.message]).toEqual(["invalid_body", "/commands: It is missing."]);
    const payload = await app.client.post("/scripts/scr/commands", {
      commands: [{ command: "Scripts.MoveNodes.v1", payload: {} }],
    });
    expect([payload.body.code, payload.body.message]).toEqual(["command_refused", "/moves: It is missing."]);
  });

  test("what is not JSON is refused as such", async () => {
    for (const raw of ["{", "", " ", "{'a':1}", "\ufeff{}", '{"a":\u0001}', "[1,]", "NaN"]) {
      const { status, body } = await send(raw);
      const expected = raw === "" ? [422, "invalid_body"] : [400, "invalid_json"];
      expect([raw, status, body.code]).toEqual([raw, ...expected]);
      expect(JSON.stringify(body)).not.toContain("node_modules");
    }
    const notUtf8 = await send(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]));
    expect([notUtf8.status, notUtf8.body.code]).toEqual([400, "invalid_json"]);
  });

  test("only JSON in UTF-8 without an encoding is taken", async () => {
    const raw = JSON.stringify(edit);
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json; charset=utf-16",
      "json",
    ]) {
      const { status, body } = await send(raw, { "content-type": type });
      expect([type, status, body.code]).toEqual([type, 415, "unsupported_media_type"]);
    }
    const encoded = await send(raw, { "content-encoding": "gzip" });
    expect([encoded.status, encoded.body.code]).toEqual([415, "unsupported_media_type"]);
    for (const type of ["application/json; charset=UTF-8", "Application/JSON", "application/vnd.acme+json"])
      expect([type, (await send(raw, { "content-type": type })).status]).toEqual([type, 201]);
  });

  test("one that is too large is refused, however it is sent", async () => {
    const large = JSON.stringify({ commands: [], note: "x".repeat(200_000) });
    const announced = await send(large);
    expect([announced.status, announced.body.code]).toEqual([413, "body_too_large"]);
    expect(announced.body.details).toEqual({ limitBytes: 100_000 });
    const chunked = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const headers = { ...JSON_TYPE, authorization: "Bearer dev-token", "x-tenant-id": "t1" };
      const request = httpRequest(
        `${app.url}/scripts/scr/commands`,
        { method: "POST", headers },
        (response) => {
          text(response).then((body) => resolve({ status: response.statusCode!, body }), reject);
        },
      );
      request.on("error", reject);
      for (let n = 0; n < 20; n++) request.write("x".repeat(10_000));
      request.end();
    });
    expect([chunked.status, JSON.parse(chunked.body).code]).toEqual([413, "body_too_large"]);
    const fits = await send(JSON.stringify({ ...edit, note: "x".repeat(1_999) }));
    expect(fits.status).toBe(201);
  });

  test("what the database cannot hold is refused and named, in the envelope and in a payload", async () => {
    const envelope: [string, string, string][] = [
      ['{"commands":[],"__proto__":{"a":1}}', "/__proto__", "forbidden_key"],
      ['{"commands":[],"\\u005f_proto__":1}', "/__proto__", "forbidden_key"],
      ['{"commands":[],"note":"a\\u0000b"}', "/note", "nul_character"],
      ['{"commands":[],"note":"\\ud800"}', "/note", "lone_surrogate"],
      ['{"commands":[],"expectedSequence":1e999}', "/expectedSequence", "not_json"],
      [`{"commands":${"[".repeat(41)}${"]".repeat(41)}}`, `/commands${"/0".repeat(39)}`, "too_deep"],
    ];
    for (const [raw, path, code] of envelope) {
      const { status, body } = await send(raw);
      expect([status, body.code]).toEqual([422, "invalid_body"]);
      expect(body.details.fields[0]).toMatchObject({ path, code });
    }
    const payloads = [
      ['{"nodeId":"n","data":{"__proto__":{"polluted":true}}}', "/data/__proto__", "forbidden_key"],
      ['{"nodeId":"n","data":{"t":"\\udfff"}}', "/data/t", "lone_surrogate"],
      ['{"nodeId":"n","data":{"t\\u0000":1}}', "/data/t\u0000", "nul_character"],
    ];
    for (const [payload, path, code] of payloads) {
      const good = JSON.stringify(edit.commands[0]);
      const { status, body } = await send(
        `{"commands":[${good},{"command":"Scripts.UpdateNode.v1","payload":${payload}}]}`,
      );
      expect([status, body.code]).toEqual([422, "command_refused"]);
      expect(body.details.refusals).toMatchObject([{ index: 1, path, code }]);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("a megabyte of brackets is refused quickly", async () => {
    const { status } = await send("[".repeat(90_000) + "]".repeat(9_000));
    expect(status).toBe(400);
    const closed = await send(`{"commands":${"[".repeat(49_000)}${"]".repeat(49_000)}}`);
    expect([closed.status, closed.body.details.fields[0].code]).toEqual([422, "too_deep"]);
  });

  test("whatever JSON is sent to whatever operation, the answer is declared and never a 5xx", async () => {
    const hostileText = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.constantFrom(
        "__proto__",
        "constructor",
        "\u0000",
        "\ud800",
        "scr",
        "Scripts.AddNode.v1",
        "toString",
      ),
    );
    const hostileJson = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 0, -1, 1e308, 2 ** 53),
        hostileText,
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(
          fc.oneof(
            hostileText,
            fc.constantFrom("commands", "command", "payload", "graphJson", "nodes", "version", "id"),
          ),
          tie("value"),
          { maxKeys: 5 },
        ),
      ),
    })).value;
    const targets = fc.constantFrom(
      ...[
        "/scripts",
        "/scripts/scr/commands",
        "/scripts/scr/versions",
        "/scripts/scr/commit",
        "/scripts/scr/rollback",
        "/scripts/scr/versions/1/publish",
        "/scripts/validate",
      ].map((path) => ({ method: "POST", path })),
      { method: "PATCH", path: "/scripts/scr" },
    );
    const body = fc.oneof(
      hostileJson,
      fc.record({ graphJson: hostileJson, variablesDef: hostileJson }),
      fc.record({
        commands: fc.array(
          fc.record({
            command: fc.constantFrom("Scripts.AddNode.v1", "Scripts.UpdateNode.v1", "Scripts.ApplyPatch.v1"),
            payload: hostileJson,
          }),
          { minLength: 1, maxLength: 3 },
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(targets, body, async ({ method, path }, json) => {
        const { status } = await app.client.send(method, path, {
          raw: JSON.stringify(json),
          headers: JSON_TYPE,
        });
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });

  test("whatever stands in path and query, the answer is declared and never a 5xx", async () => {
    const part = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }).map((value) => encodeURIComponent(value.toWellFormed())),
      fc.constantFrom("%00", "%ff", "%", "scr", "1", "__proto__", "..", "%2e%2e"),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 4 }),
        fc.array(part, { maxLength: 3 }),
        async (path, query) => {
          const { status } = await app.client.get(`/scripts/${path.join("/")}?${query.join("&")}`);
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("what goes wrong inside", () => {
  test("is answered without a trace, with the correlation id under which the log has the cause", async () => {
    const lines: string[] = [];
    const broken = await startBroken(lines);
    const response = await fetch(`${broken.url}/scripts/scr`, {
      headers: { ...HEADERS, "correlation-id": "broken-1" },
    });
    const body: unknown = await response.json();
    expectDeclared("GET", "/scripts/scr", { status: response.status, headers: response.headers, body });
    expect(body).toMatchObject({
      code: "internal_error",
      status: 500,
      details: { correlationId: "broken-1" },
    });
    expect(JSON.stringify(body)).not.toMatch(/kaboom|\.ts/);
    expect(lines.join("")).toContain("kaboom");
    await broken.stop();
  });

  test("a database that cannot be reached is a 503 that says to send the write again", async () => {
    const lines: string[] = [];
    const broken = await startBroken(lines, Object.assign(new Error("gone"), { code: "P1001" }));
    const response = await fetch(`${broken.url}/scripts/scr`, { headers: HEADERS });
    const body: unknown = await response.json();
    expectDeclared("GET", "/scripts/scr", { status: response.status, headers: response.headers, body });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(body).toMatchObject({ code: "database_unavailable" });
    await broken.stop();
  });

  test("a script that others keep locked is a 503 that says when to try again", async () => {
    const outcome = { kind: "stream_busy", retryAfterMs: 1_400 } as const;
    const busy = await startBroken([], undefined, () => Promise.resolve(outcome));
    const client = createHttpClient(busy.url, HEADERS);
    const { status, body, headers } = await client.post("/scripts/scr/commands", edit);
    expect([status, body.code, headers.get("retry-after")]).toEqual([503, "script_busy", "2"]);
    await busy.stop();
  });

  test("what is not HTTP is answered as a problem as well", async () => {
    const answered = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(app.url).port), "127.0.0.1", () =>
        socket.end("NOT HTTP\r\n\r\n"),
      );
      let received = "";
      socket.on("data", (chunk) => (received += chunk.toString()));
      socket.on("close", () => resolve(received));
    });
    expect(answered).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    expect(answered).toContain('"code":"invalid_http"');
    expect((await app.client.get("/healthz")).status).toBe(200);
  });
});

describe("the service's own paths", () => {
  test("health and readiness need no token and no tenant", async () => {
    const anyone = app.client.as({ authorization: undefined, "x-tenant-id": undefined });
    expect((await anyone.get("/healthz")).body).toEqual({ status: "ok" });
    expect((await anyone.get("/readyz")).body).toEqual({
      status: "ready",
      checks: { database: "ok", worker: "starting", stamper: "starting" },
    });
  });

  test("the page and its assets come from here and name no other server", async () => {
    const page = await app.client.get("/docs");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
    const links = [...String(page.body).matchAll(/(?:href|src)="([^"]+)"/gu)].map((match) => match[1]!);
    expect(links.toSorted()).toEqual(["/docs/page.css", "/docs/page.js", "/openapi.json"]);
    const assets = await Promise.all(links.map((link) => fetch(app.url + link)));
    expect(assets.map((asset) => asset.status)).toEqual([200, 200, 200]);
    const [css, js] = await Promise.all(assets.map((asset) => asset.text()));
    expect(`${page.body}${css}${js}`).not.toMatch(/https?:\/\//);
    const none = await app.client.get("/docs/other.js");
    expect([none.status, none.body.code]).toEqual([404, "route_not_found"]);
  });

  test("a stopping service is not ready", async () => {
    const stopping = await startApp({ worker: false });
    stopping.drain();
    const { status, body } = await stopping.client.get("/readyz");
    expect([status, body.code]).toEqual([503, "not_ready"]);
    await stopping.stop();
  });
});

/** The API on a database that fails at every touch. */
async function startBroken(
  lines: string[],
  failure: Error = new Error("kaboom"),
  submit: HttpDeps["submit"] = () => Promise.reject(failure),
): Promise<RunningHttp> {
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const fail = () => Promise.reject(failure);
  const broken = createApp({
    authenticate: async () => ({ kind: "development", tokenId: "development" }),
    redeemTicket: fail,
    inTenant: fail,
    submit,
    loadState: fail,
    waitUntilMaterialized: fail,
    answerOnce: fail,
    streams: { enter: fail } as unknown as HttpDeps["streams"],
    commands: new Proxy({} as HttpDeps["commands"], { get: () => fail }),
    runs: new Proxy({} as HttpDeps["runs"], { get: () => fail }),
    guidance: new Proxy({} as HttpDeps["guidance"], { get: () => fail }),
    metrics: createMetrics({ liveBeats: fail, pool: () => ({ total: 0, idle: 0, waiting: 0 }) }),
    readiness: { check: fail },
    log,
    config: { corsOrigins: [], bodyLimitBytes: 1_000, defaultWaitSeconds: 0 },
  });
  return startHttp({ app: broken, log }, { host: "127.0.0.1", port: 0 });
}
