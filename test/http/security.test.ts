import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken, type NewToken } from "../../src/access/createToken.ts";
import { revokeToken } from "../../src/access/revokeToken.ts";
import { ROLES, type Role } from "../../src/access/role.ts";
import type { Route } from "../../src/http/route.ts";
import { routes } from "../../src/http/routes.ts";
import type { HttpClient } from "../support/httpClient.ts";
import { startApp, type TestApp } from "../support/startApp.ts";
import { claimsOf, Issuer, makeKey, signJwt } from "./support/issuer.ts";

const closed = routes.filter(({ scope }) => scope !== "public");
const byName = (list: readonly Route[]) => list.map((route) => [route.operationId, route] as const);

/** A path of the operation that leads to script scr, version 1, and nothing else that there is. */
function pathOf({ path }: Route): string {
  const named = path.replaceAll("{scriptId}", "scr").replaceAll(/\{(?:version|from|to)\}/gu, "1");
  return named.replaceAll(/\{\w+\}/gu, "01956f60-0000-7000-8000-000000000000");
}

/** The operation, called with its example of a body. */
function call(client: HttpClient, route: Route) {
  const body = route.body?.example;
  const headers = { "idempotency-key": `key-${Math.random()}` };
  return client.send(route.method.toUpperCase(), pathOf(route), {
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

let app: TestApp;
/** In production nobody is taken at their word. */
let strict: TestApp;
const issuer = new Issuer();
/** Who may do what their role may, by the name of who they are. */
const callers = new Map<string, { readonly role: Role; readonly client: HttpClient }>();
/** Credentials that are good for nothing, by what is wrong with them. */
const worthless = new Map<string, string>();
/** Good ones of tenant t2. */
const strangers: HttpClient[] = [];
beforeAll(async () => {
  const [key, thief] = await Promise.all([makeKey("k1", "ES256"), makeKey("k1", "ES256")]);
  issuer.keys = [key.jwk];
  await issuer.start();
  const env = {
    DEFAULT_WAIT_SECONDS: "0",
    AUTHORIZATION_FAILURES_PER_MINUTE: "100000",
    // There is no worker to be missed.
    READY_HEARTBEAT_SECONDS: "3600",
  };
  [app, strict] = await Promise.all([
    startApp({ worker: false, env }),
    startApp({ worker: false, env: { ...env, ...issuer.env, MODE: "production" } }),
  ]);
  for (const { client } of [app, await holderOf({})])
    await client.post("/scripts", { id: "scr", name: "Script", slug: "script" });

  const agent = { actorType: "AI_AGENT", actorId: "helper" } as const;
  for (const role of ROLES) callers.set(role, { role, client: (await holderOf({ role })).client });
  callers.set("AI agent", { role: "agent", client: (await holderOf(agent)).client });
  const jwt = await signJwt(key, { role: "viewer" });
  callers.set("viewer by JWT", { role: "viewer", client: bearer(jwt) });

  const revoked = await holderOf({});
  await revokeToken({ prisma: strict.prisma, now: () => new Date() }, { tenantId: "t1", id: revoked.id });
  worthless.set("revoked", revoked.token);
  worthless.set("expired", (await holderOf({ expiresAt: new Date(Date.now() - 1) })).token);
  worthless.set("unknown", `${revoked.token.slice(0, -4)}AAAA`);
  worthless.set("the placeholder", "dev-token");
  worthless.set("an expired JWT", await signJwt(key, { exp: 1_000_000 }));
  worthless.set("a JWT that nobody signed", new UnsecuredJWT(claimsOf()).encode());
  worthless.set("a JWT that somebody else signed", await signJwt(thief));

  strangers.push((await holderOf({ tenantId: "t2" })).client);
  strangers.push(bearer(await signJwt(key, { tenant: "t2", role: "operator" })));
});
afterAll(async () => {
  await Promise.all([app.stop(), strict.stop()]);
  issuer.stop();
});

/** Somebody who sends a token and nothing beside it. */
function bearer(token: string): HttpClient {
  const authorization = `Bearer ${token}`;
  return strict.client.as({ authorization, "x-tenant-id": undefined, "x-actor-id": undefined });
}

/** Somebody with a token of their own: user u1 of tenant t1 as operator, unless told otherwise. */
async function holderOf(more: Partial<NewToken>) {
  const made = await createToken(
    { prisma: strict.prisma, now: () => new Date() },
    { tenantId: "t1", label: "test", role: "operator", actorType: "USER", actorId: "u1", ...more },
  );
  return { ...made, client: bearer(made.token) };
}

describe.each(byName(closed))("%s", (_, route) => {
  test("is refused without a token, and says how to send one", async () => {
    const { status, body, headers } = await call(app.client.as({ authorization: undefined }), route);
    expect([status, body.code]).toEqual([401, "authorization_missing"]);
    expect(headers.get("www-authenticate")).toBe('Bearer realm="scripts"');
  });

  test("is refused with a token that is worth nothing", async () => {
    for (const [name, token] of worthless) {
      const { status, body, headers } = await call(bearer(token), route);
      expect([name, status, body.code]).toEqual([name, 401, "authorization_invalid"]);
      expect(headers.get("www-authenticate")).toBe('Bearer realm="scripts", error="invalid_token"');
    }
  });

  test("is refused with a token of another tenant", async () => {
    for (const client of strangers) {
      const { status, body } = await call(client.as({ "x-tenant-id": "t1" }), route);
      expect([status, body.code]).toEqual([403, "tenant_mismatch"]);
    }
  });

  test("is refused to those who may not use it, and to nobody else", async () => {
    for (const [name, { role, client }] of callers) {
      const mayUse = route.allow.includes(role);
      // A stream does not end; who may open one is shown below.
      if (route.takesTicket && mayUse) continue;
      const { status, body } = await call(client, route);
      expect([name, status]).not.toEqual([name, 401]);
      // Where commands are sent it depends on the command as well: test/commands/roles.test.ts.
      if (mayUse && (route.scope === "write" || route.operationId === "sendCommand")) continue;
      expect([name, body?.code === "role_insufficient"]).toEqual([name, !mayUse]);
    }
  });
});

test.each(byName(routes.filter(({ scope }) => scope === "public")))(
  "%s needs no token, and minds none",
  async (_, route) => {
    const bare = { authorization: undefined, "x-tenant-id": undefined, "x-actor-id": undefined };
    for (const headers of [bare, { authorization: "Bearer forged", "x-tenant-id": "..." }])
      expect((await call(app.client.as(headers), route)).status).toBeLessThan(500);
  },
);

describe("the Authorization header", () => {
  const refused = async (authorization: string) => {
    const { status, body, headers } = await app.client.as({ authorization }).get("/scripts");
    expect(headers.get("www-authenticate")).toContain('error="invalid_token"');
    return [status, body.code];
  };

  test.each([
    "dev-token",
    "Basic ZGV2LXRva2VuOg==",
    "Bearer",
    "Bearer  ",
    "Bearer dev-token dev-token",
    "Bearer dev-token,",
    "Bearer dev-tokem",
    "Bearer dev-toke",
    "Bearer dev-token2",
    "Bearer DEV-TOKEN",
    "Bearer dev-token\u00a0",
    `Bearer ${"x".repeat(6_000)}`,
    "Bearer sct_01956f60-0000-7000-8000-000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "Bearer sct_x",
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
  ])("%s is refused", async (authorization) => {
    expect(await refused(authorization)).toEqual([401, "authorization_invalid"]);
  });

  test("is read whatever the case of Bearer, and however many spaces follow", async () => {
    for (const authorization of ["bearer dev-token", "BEARER   dev-token"])
      expect((await app.client.as({ authorization }).get("/scripts")).status).toBe(200);
  });

  test("counts once: of two that are sent the first is read, and no second tenant slips in", async () => {
    const answered = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${app.url}/scripts`, (response) => {
        text(response).then(() => resolve(response.statusCode!), reject);
      });
      request.setHeader("authorization", "Bearer dev-token");
      request.setHeader("x-tenant-id", ["t1", "t2"]);
      request.on("error", reject).end();
    });
    // Node joins the two with a comma, and no tenant is called that.
    expect(answered).toBe(400);
  });

  test("the placeholder of development is refused in production", async () => {
    const { status, body } = await strict.client.get("/scripts");
    expect([status, body.code]).toEqual([401, "authorization_invalid"]);
  });
});

describe("the placeholder of development", () => {
  test("is dev-user, a person and an operator, when the headers say nothing else", async () => {
    const client = app.client.as({ "x-actor-id": undefined });
    await client.post("/scripts", { id: "by-dev", name: "Script", slug: "by-dev" });
    const { body } = await client.get("/scripts/by-dev/commands");
    expect(body.commands[0].actor).toEqual({ type: "USER", id: "dev-user" });
  });

  test("is whoever the headers say, in the role that they say", async () => {
    const client = app.client.as({
      "x-actor-id": "helper",
      "x-actor-type": "AI_AGENT",
      "x-on-behalf-of": "ada",
    });
    await client.post("/scripts", { id: "by-agent", name: "Script", slug: "by-agent" });
    const { body } = await client.get("/scripts/by-agent/commands");
    expect(body.commands[0].actor).toEqual({ type: "AI_AGENT", id: "helper", onBehalfOf: "ada" });
    const viewer = await client.as({ "x-role": "viewer" }).post("/scripts", { name: "No", slug: "no" });
    expect([viewer.status, viewer.body.details]).toEqual([
      403,
      { role: "viewer", allowed: ["agent", "editor", "publisher", "operator"] },
    ]);
    const nonsense = await client.as({ "x-role": "admin" }).get("/scripts");
    expect([nonsense.status, nonsense.body.code]).toEqual([400, "invalid_header"]);
  });
});

describe("an API token", () => {
  test("says tenant, actor and role; nothing of it need be sent", async () => {
    const { client } = await holderOf({ actorId: "robot", actorType: "SYSTEM", role: "editor" });
    const created = await client.post("/scripts", { id: "by-robot", name: "Script", slug: "by-robot" });
    expect(created.status).toBe(201);
    const log = await client.get("/scripts/by-robot/commands");
    expect(log.body.commands[0].actor).toEqual({ type: "SYSTEM", id: "robot" });
    const row = await strict.prisma.script.findFirstOrThrow({ where: { id: "by-robot" } });
    expect(row.tenantId).toBe("t1");
  });

  test("is what is said beside it, or the request is refused", async () => {
    const { client } = await holderOf({});
    const same = { "x-tenant-id": "t1", "x-actor-id": "u1", "x-actor-type": "USER" };
    expect((await client.as(same).get("/scripts")).status).toBe(200);
    const other: [Record<string, string>, string][] = [
      [{ "x-tenant-id": "t2" }, "tenant_mismatch"],
      [{ "x-actor-id": "u2" }, "actor_mismatch"],
      [{ "x-actor-type": "SYSTEM" }, "actor_mismatch"],
    ];
    for (const [headers, code] of other) {
      const { status, body } = await client.as(headers).get("/scripts");
      expect([headers, status, body.code]).toEqual([headers, 403, code]);
    }
    const edit = { commands: [{ command: "Scripts.UpdateDetails.v1", payload: { description: "x" } }] };
    const bodies: [Record<string, unknown>, number, string | undefined][] = [
      [{ ...edit, actor: { id: "u1" } }, 201, undefined],
      [{ ...edit, actor: { id: "u1", type: "USER", onBehalfOf: "ada" } }, 201, undefined],
      [{ ...edit, actor: { id: "u2" } }, 403, "actor_mismatch"],
      [{ ...edit, actor: { id: "u1", type: "AI_AGENT" } }, 403, "actor_mismatch"],
    ];
    for (const [body, status, code] of bodies) {
      const answered = await client.post("/scripts/scr/commands", body);
      expect([answered.status, answered.body.code]).toEqual([status, code]);
    }
    const two = await client.post(
      "/scripts/scr/commands",
      { ...edit, actor: { id: "u1", onBehalfOf: "ada" } },
      { "x-on-behalf-of": "bob" },
    );
    expect([two.status, two.body.code]).toEqual([400, "actor_invalid"]);
  });

  test("is taken at its word on whose behalf, and the log tells", async () => {
    const { client } = await holderOf({});
    const edit = { commands: [{ command: "Scripts.UpdateDetails.v1", payload: { description: "y" } }] };
    const { body } = await client.post("/scripts/scr/commands", edit, { "x-on-behalf-of": "ada" });
    const row = await strict.prisma.scriptCommand.findFirstOrThrow({
      where: { scriptId: "scr", sequence: body.headSequence },
    });
    expect([row.actorId, row.onBehalfOf]).toEqual(["u1", "ada"]);
  });

  test("does not take its role from a header", async () => {
    const { client } = await holderOf({ role: "viewer" });
    const { status } = await client.post("/scripts", { name: "No", slug: "no" }, { "x-role": "operator" });
    expect(status).toBe(403);
  });

  test("of an AI agent is an agent's, whatever role it was given", async () => {
    const { client } = await holderOf({ actorType: "AI_AGENT", actorId: "helper", role: "operator" });
    const { status, body } = await client.post("/scripts/scr/commit", {});
    expect([status, body.code, body.details.role]).toEqual([403, "role_insufficient", "agent"]);
  });

  test("names the tenant for query and body as well, and they must agree", async () => {
    const { client } = await holderOf({});
    expect((await client.get("/scripts?tenantId=t1")).status).toBe(200);
    const query = await client.get("/scripts?tenantId=t2");
    expect([query.status, query.body.code]).toEqual([403, "tenant_mismatch"]);
    const script = { name: "Script", slug: "with-tenant" };
    const body = await client.post("/scripts", { ...script, tenantId: "t2" });
    expect([body.status, body.body.code]).toEqual([403, "tenant_mismatch"]);
    expect((await client.post("/scripts", { ...script, tenantId: "t1" })).status).toBe(201);
  });

  test("sees nothing of another tenant", async () => {
    const { client } = await holderOf({ tenantId: "t2" });
    expect((await client.get("/scripts/scr")).status).toBe(404);
    expect((await client.get("/scripts")).body.entries).toEqual([]);
  });

  test("is refused when it has expired", async () => {
    const expiresAt = new Date(Date.now() - 1);
    const { client } = await holderOf({ expiresAt });
    const { status, body } = await client.get("/scripts");
    expect([status, body.message]).toEqual([401, expect.stringContaining(expiresAt.toISOString())]);
  });

  test("is refused when it was revoked before it was ever used", async () => {
    const { client, id } = await holderOf({});
    const deps = { prisma: strict.prisma, now: () => new Date() };
    const revoked = await revokeToken(deps, { tenantId: "t1", id });
    expect(await revokeToken(deps, { tenantId: "t1", id })).toEqual(revoked);
    expect(await revokeToken(deps, { tenantId: "t2", id })).toEqual({ kind: "token_not_found" });
    expect((await client.get("/scripts")).status).toBe(401);
  });

  test("is nowhere in the database", async () => {
    const { token } = await holderOf({});
    const rows = await strict.prisma.apiToken.findMany();
    expect(JSON.stringify(rows)).not.toContain(token.slice(-43));
  });
});

describe("a ticket", () => {
  const open = (of: TestApp, query: string, headers: Record<string, string> = {}) =>
    fetch(`${of.url}/events/stream${query}`, { headers, signal: AbortSignal.timeout(10_000) });

  test("opens one stream, for whom it was made", async () => {
    const { client } = await holderOf({ role: "viewer" });
    const { body } = await client.post("/events/tickets");
    const first = await open(strict, `?ticket=${body.ticket}`);
    expect(first.status).toBe(200);
    await first.body!.cancel();
    const second = await open(strict, `?ticket=${body.ticket}`);
    expect([second.status, ((await second.json()) as { code: string }).code]).toEqual([
      401,
      "authorization_invalid",
    ]);
  });

  test("is not good for another tenant", async () => {
    const { client } = await holderOf({});
    const { body } = await client.post("/events/tickets");
    const refused = await open(strict, `?ticket=${body.ticket}`, { "x-tenant-id": "t2" });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      403,
      "tenant_mismatch",
    ]);
  });

  test("is looked at by no other operation", async () => {
    const { client } = await holderOf({});
    const { body } = await client.post("/events/tickets");
    const refused = await fetch(`${strict.url}/events?ticket=${body.ticket}`);
    expect(refused.status).toBe(401);
    await refused.body!.cancel();
  });

  test.each(["", "?ticket=", "?ticket=forged", "?ticket=%00", "?ticket=%zz", "?ticket=a&ticket=b"])(
    "%s opens nothing",
    async (query) => {
      const refused = await open(strict, query);
      expect(refused.status).toBe(401);
      await refused.body!.cancel();
    },
  );
});
