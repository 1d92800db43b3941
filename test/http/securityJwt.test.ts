import { exportSPKI, SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createCheckJwt, type JwtSettings } from "../../src/access/checkJwt.ts";
import { startApp, type TestApp } from "../support/startApp.ts";
import { AUDIENCE, claimsOf, ISSUER, Issuer, makeKey, signJwt, type Key } from "./support/issuer.ts";

const issuer = new Issuer();
let key: Key;
let other: Key;
beforeAll(async () => {
  await issuer.start();
  [key, other] = await Promise.all([makeKey("k1", "ES256"), makeKey("k2", "RS256")]);
});
afterAll(() => issuer.stop());
beforeEach(() => {
  issuer.keys = [key.jwk, other.jwk];
  issuer.answer = "keys";
});

const token = (claims: JWTPayload = {}, by: Pick<Key, "kid" | "alg" | "privateKey"> = key) =>
  signJwt(by, claims);

function checker(more: Partial<JwtSettings> = {}) {
  return createCheckJwt({
    jwksUrl: issuer.url,
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ["RS256", "ES256", "EdDSA"],
    clockToleranceSeconds: 30,
    claims: { tenant: "tenant", role: "role", actorType: "actor_type" },
    cooldownMs: 0,
    ...more,
  });
}

describe("a JWT of the issuer", () => {
  test("says tenant, role and actor", async () => {
    const exp = Math.floor(Date.now() / 1_000) + 300;
    expect(await checker()(await token({ jti: "j1", actor_type: "SYSTEM", exp }))).toEqual({
      kind: "credential",
      tenantId: "t1",
      actor: { type: "SYSTEM", id: "ada" },
      role: "editor",
      tokenId: "jwt:j1",
      // Some seconds later than the token says: the clocks may be apart.
      expiresAt: new Date((exp + 30) * 1_000),
    });
  });

  test("may say an end that is no date", async () => {
    const credential = await checker()(await token({ exp: 1e18 }));
    expect(credential).toMatchObject({ expiresAt: new Date("9999-12-31T23:59:59.000Z") });
  });

  test("may name its claims otherwise, and leave the kind of actor out", async () => {
    const claims = { tenant: "https://acme/org", role: "scripts_role", actorType: "kind" };
    const named = { "https://acme/org": "acme", scripts_role: "viewer", tenant: undefined, role: undefined };
    expect(await checker({ claims })(await token(named))).toMatchObject({
      tenantId: "acme",
      role: "viewer",
      actor: { type: "USER", id: "ada" },
    });
  });

  test.each(["RS256", "ES256", "EdDSA"])("is taken with a signature by %s", async (alg) => {
    const one = await makeKey("one", alg);
    issuer.keys = [one.jwk];
    expect((await checker()(await token({}, one))).kind).toBe("credential");
  });

  test("is taken with a new key at once, and with the old one no more", async () => {
    const check = checker();
    expect((await check(await token())).kind).toBe("credential");
    const next = await makeKey("k3", "ES256");
    issuer.keys = [next.jwk];
    expect((await check(await token({}, next))).kind).toBe("credential");
    expect((await check(await token())).kind).toBe("invalid");
  });

  test("costs no read of the keys while they are known", async () => {
    const check = checker({ cooldownMs: 30_000 });
    const before = issuer.reads;
    for (let n = 0; n < 5; n++) await check(await token());
    const unknown = await makeKey("k9", "ES256");
    for (let n = 0; n < 5; n++) expect((await check(await token({}, unknown))).kind).toBe("invalid");
    expect(issuer.reads - before).toBe(1);
  });
});

describe("a JWT is refused", () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const cases: [string, () => JWTPayload][] = [
    ["of another issuer", () => ({ iss: "https://elsewhere.example" })],
    ["without issuer", () => ({ iss: undefined as never })],
    ["for another audience", () => ({ aud: "other" })],
    ["without audience", () => ({ aud: undefined as never })],
    ["that has expired", () => ({ exp: now() - 31 })],
    ["that never expires", () => ({ exp: undefined as never })],
    ["that is not valid yet", () => ({ nbf: now() + 120 })],
    ["without subject", () => ({ sub: undefined as never })],
    ["with a subject that is no actor", () => ({ sub: "a b" })],
    ["without tenant", () => ({ tenant: undefined })],
    ["with a list of tenants", () => ({ tenant: ["t1", "t2"] })],
    ["with a tenant that is none", () => ({ tenant: "../t1" })],
    ["without role", () => ({ role: undefined })],
    ["with a role that is none", () => ({ role: "admin" })],
    ["with a role of Object", () => ({ role: "constructor" })],
    ["that says it is a backfill", () => ({ actor_type: "BACKFILL" })],
  ];
  test.each(cases)("%s", async (_, claims) => {
    expect((await checker()(await token(claims()))).kind).toBe("invalid");
  });

  test("that has expired within the tolerance is still taken", async () => {
    expect((await checker()(await token({ exp: now() - 5 }))).kind).toBe("credential");
  });

  test("that nobody signed", async () => {
    const none = new UnsecuredJWT(claimsOf()).encode();
    expect((await checker()(none)).kind).toBe("invalid");
    const [, body] = (await token()).split(".");
    const header = Buffer.from('{"alg":"none","kid":"k1"}').toString("base64url");
    for (const forged of [`${header}.${body}.`, `${header}.${body}.AAAA`])
      expect((await checker()(forged)).kind).toBe("invalid");
  });

  test("that was signed with the public key as a shared secret", async () => {
    const secret = Buffer.from(await exportSPKI(other.publicKey));
    for (const kid of ["k1", "k2"]) {
      const forged = await new SignJWT(claimsOf()).setProtectedHeader({ alg: "HS256", kid }).sign(secret);
      expect((await checker()(forged)).kind).toBe("invalid");
    }
  });

  test("whose algorithm is not among those of the settings", async () => {
    expect((await checker({ algorithms: ["EdDSA"] })(await token())).kind).toBe("invalid");
  });

  test("that somebody else signed under the name of a key", async () => {
    const thief = await makeKey("k1", "ES256");
    expect((await checker()(await token({}, thief))).kind).toBe("invalid");
    const embedded = await new SignJWT(claimsOf())
      .setProtectedHeader({ alg: "ES256", kid: "k1", jwk: thief.jwk, jku: "http://127.0.0.1:1/keys" })
      .sign(thief.privateKey);
    expect((await checker()(embedded)).kind).toBe("invalid");
  });

  test("whose claims were changed after it was signed", async () => {
    const [header, body, signature] = (await token()).split(".") as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as JWTPayload;
    const changed = Buffer.from(JSON.stringify({ ...claims, role: "operator" })).toString("base64url");
    expect((await checker()(`${header}.${changed}.${signature}`)).kind).toBe("invalid");
  });

  test.each([
    { alg: "ES256", kid: "k1", crit: ["exp"] },
    { alg: "ES256", kid: "k1", crit: ["b64"], b64: false },
    { alg: "ES256", kid: "k1", crit: "b64" },
    { alg: "RS256", kid: "k1" },
    { alg: "ES256", kid: {} },
    { alg: "toString", kid: "k1" },
    { alg: 5 },
    { alg: "dir", enc: "A256GCM" },
    {},
    [],
    null,
  ])("whose head is %j", async (head) => {
    const [, body, signature] = (await token()).split(".");
    const forged = Buffer.from(JSON.stringify(head)).toString("base64url");
    expect((await checker()(`${forged}.${body}.${signature}`)).kind).toBe("invalid");
  });

  test("whose parts are no JSON", async () => {
    for (const text of ["a.b.c", "e30.e30.e30", "bnVsbA.bnVsbA.", "W10.W10.AA"])
      expect((await checker()(text)).kind).toBe("invalid");
  });
});

describe("while the issuer answers with", () => {
  test.each(["error", "nonsense"] as const)("%s nobody is refused for good", async (answer) => {
    issuer.answer = answer;
    expect((await checker()(await token())).kind).toBe("unavailable");
  });

  test.each([
    ["a key that is none", { kty: "EC", crv: "P-256", x: "AA", y: "AA", kid: "k1" }],
    ["a private key that is broken", () => ({ ...key.jwk, d: "AAAA" })],
    ["a list of anything", 5 as never],
  ])("%s nobody is refused for good", async (_, made) => {
    issuer.keys = [typeof made === "function" ? made() : made];
    expect((await checker()(await token())).kind).toBe("unavailable");
  });
});

describe("over HTTP", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ worker: false, env: { MODE: "production", ...issuer.env } });
  });
  afterAll(() => app.stop());
  const as = (jwt: string, more = {}) =>
    app.client.as({
      authorization: `Bearer ${jwt}`,
      "x-tenant-id": undefined,
      "x-actor-id": undefined,
      ...more,
    });

  test("a JWT edits as whom it says, in its tenant and its role", async () => {
    issuer.answer = "error";
    const early = await as(await token()).get("/scripts");
    expect([early.status, early.body.code, early.headers.get("retry-after")]).toEqual([
      503,
      "authorization_unavailable",
      "5",
    ]);
    issuer.answer = "keys";
    const ada = as(await token());
    expect((await ada.post("/scripts", { id: "scr", name: "Script", slug: "script" })).status).toBe(201);
    const { body } = await ada.get("/scripts/scr/commands");
    expect(body.commands[0].actor).toEqual({ type: "USER", id: "ada" });
    const publish = await ada.post("/scripts/scr/versions/1/publish", {});
    expect([publish.status, publish.body.code]).toEqual([403, "role_insufficient"]);
    const elsewhere = await as(await token(), { "x-tenant-id": "t2" }).get("/scripts");
    expect([elsewhere.status, elsewhere.body.code]).toEqual([403, "tenant_mismatch"]);
    const other = await as(await token({ tenant: "t2" })).get("/scripts/scr");
    expect(other.status).toBe(404);
    const expired = await as(await token({ exp: 1_000_000 })).get("/scripts");
    expect([expired.status, expired.body.code]).toEqual([401, "authorization_invalid"]);
  });
});
