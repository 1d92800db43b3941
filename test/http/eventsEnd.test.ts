import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createToken } from "../../src/access/createToken.ts";
import { findRevoked, type TokenKey } from "../../src/access/findRevoked.ts";
import { revokeToken } from "../../src/access/revokeToken.ts";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { writeEvents } from "../../src/events/domainEvent.ts";
import { newId } from "../../src/kernel/newId.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { openStream, type SseClient } from "../support/sseClient.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

const ISSUER = { iss: "https://issuer.example", aud: "scripts" };

let issuer: Server;
let key: CryptoKey;
let app: TestApp;
/** Its streams do not live long. */
let brief: TestApp;
const open: SseClient[] = [];
beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  key = privateKey;
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" };
  issuer = createServer((_, response) => void response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
  const env = {
    JWT_JWKS_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json`,
    JWT_ISSUER: ISSUER.iss,
    JWT_AUDIENCE: ISSUER.aud,
    JWT_CLOCK_TOLERANCE_SECONDS: "0",
    STREAM_HEARTBEAT_SECONDS: "0.2",
    STREAM_TOKEN_CHECK_SECONDS: "0.1",
    STREAM_STALL_SECONDS: "60",
  };
  app = await startApp({ env });
  brief = await startApp({
    env: { STREAM_LIFE_SECONDS: "0.5" },
    worker: false,
    database: { ...app.database, drop: async () => undefined },
  });
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(async () => {
  await brief.stop();
  await app.stop();
  issuer.close();
  issuer.closeAllConnections();
});

async function stream(options: Parameters<typeof openStream>[1], of: TestApp = app): Promise<SseClient> {
  const client = await openStream(of.url, options);
  open.push(client);
  return client;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A stream by a ticket that is made with a token. */
async function streamByTicket(token: string): Promise<SseClient> {
  const made = await app.client.as({ ...bearer(token), "x-actor-id": undefined }).post("/events/tickets");
  expect(made.status).toBe(201);
  return stream({ query: { ticket: made.body.ticket as string }, headers: {} });
}

const now = () => new Date();
const operator = () => ({ prisma: app.prisma, now });

async function makeToken(actorId: string, expiresAt?: Date) {
  const holder = { tenantId: "t1", label: "test", role: "viewer", actorType: "USER", actorId } as const;
  return createToken(operator(), { ...holder, expiresAt });
}

async function makeJwt(seconds: number): Promise<{ readonly token: string; readonly exp: number }> {
  const exp = Math.floor(Date.now() / 1_000) + seconds;
  const claims = { ...ISSUER, sub: "ada", tenant: "t1", role: "viewer", exp };
  const token = await new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "k1" }).sign(key);
  return { token, exp };
}

/** How the server ended a stream; undefined: it has not. */
const ending = (client: SseClient) => (client.ended ? client.comments.at(-1) : undefined);

describe("a stream ends with the credential that it was opened with", () => {
  it("a JWT, whether it opened the stream or made the ticket for it", async () => {
    const { token, exp } = await makeJwt(6);
    const clients = [await stream({ headers: bearer(token) }), await streamByTicket(token)];
    expect(clients.map(({ status }) => status)).toEqual([200, 200]);
    for (const client of clients) await expectSoon(() => ending(client)).toBe("the credential has expired");
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
    const again = await stream({ headers: bearer(token), lastEventId: clients[0]!.lastEventId });
    expect(again.status).toBe(401);
  });

  it("a token that expires", async () => {
    const expiresAt = new Date(Date.now() + 5_000);
    const { token } = await makeToken("short", expiresAt);
    const clients = [await stream({ headers: bearer(token) }), await streamByTicket(token)];
    for (const client of clients) await expectSoon(() => ending(client)).toBe("the credential has expired");
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
  });

  it("a token that is revoked, and no other token's stream", async () => {
    const [bad, good] = [await makeToken("bad"), await makeToken("good")];
    const ended = [
      await stream({ headers: bearer(bad.token) }),
      await stream({ headers: bearer(bad.token) }),
      await streamByTicket(bad.token),
    ];
    const others = [
      await stream({ headers: bearer(good.token) }),
      await streamByTicket(good.token),
      await stream({ headers: bearer((await makeJwt(300)).token) }),
      await stream({}),
    ];
    await revokeToken(operator(), { tenantId: "t1", id: bad.id });
    for (const client of ended) await expectSoon(() => ending(client)).toBe("the token was revoked");
    expect((await app.client.post("/scripts", { id: "on", name: "On", slug: "on" })).status).toBe(201);
    for (const client of others)
      await expectSoon(() => client.events.some(({ scriptId }) => scriptId === "on")).toBe(true);
    expect(others.map(({ ended: isOver }) => isOver)).toEqual([false, false, false, false]);
  });

  it("a token that is revoked while its client reads nothing: the connection does not stay", async () => {
    const { token, id } = await makeToken("stuck");
    const client = await stream({ headers: bearer(token) });
    client.pause();
    const worker = await openDatabase({
      url: app.database.workerUrl,
      role: "script_worker",
      poolSize: 1,
      applicationName: "test-events",
    });
    const large = {
      tenantId: "t1",
      type: "Test.Large.v1",
      correlationId: "c1",
      payload: { text: "x".repeat(50_000) },
      occurredAt: now(),
    };
    for (let round = 0; round < 20; round++)
      await writeEvents(
        worker.prisma,
        Array.from({ length: 20 }, () => large),
      );
    await worker.close();
    const head = async () => (await app.client.get("/events?limit=1&after=0")).body.headPosition as number;
    await expectSoon(head).toBeGreaterThan(400);
    await revokeToken(operator(), { tenantId: "t1", id });
    await expectSoon(async () => {
      const { body } = (await app.client.get("/metrics")) as { body: string };
      return /^scripts_sse_clients (\d+)$/mu.exec(body)?.[1];
    }).toBe("0");
    client.resume();
    await expectSoon(() => client.ended).toBe(true);
    expect(client.events.length).toBeLessThan(400);
  });
});

describe("a stream that has been open for long", () => {
  it("ends, and whoever comes back by its id has missed nothing", async () => {
    expect((await app.client.post("/scripts", { id: "long", name: "L", slug: "long" })).status).toBe(201);
    const stopping = new AbortController();
    const editing = (async () => {
      for (let number = 1; ; number++) {
        if (stopping.signal.aborted) return number;
        const command = { command: "Scripts.UpdateDetails.v1", payload: { description: `${number}` } };
        expect((await app.client.post("/scripts/long/commands", { commands: [command] })).status).toBe(201);
      }
    })();
    const told: number[] = [];
    let lastEventId: string | undefined = "0";
    for (let round = 0; round < 5; round++) {
      const query = { scriptId: "long", types: "Scripts.CommandsAppended.v1" };
      const client: SseClient = await stream({ query, lastEventId }, brief);
      await expectSoon(() => ending(client)).toBe("the stream has been open for long");
      told.push(...client.events.map(({ payload }) => (payload as { toSequence: number }).toSequence));
      lastEventId = client.lastEventId;
    }
    stopping.abort();
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual(Array.from({ length: told.length }, (_, index) => index + 1));
    expect(told.length).toBeLessThanOrEqual(await editing);
  });
});

describe("looking whether tokens are revoked", () => {
  it("takes one transaction for a thousand of them, and shows the API those alone", async () => {
    const api = await openDatabase({
      url: app.database.apiUrl,
      role: "script_api",
      poolSize: 1,
      applicationName: "test-tokens",
    });
    let transactions = 0;
    const $transaction = ((...given: Parameters<typeof api.prisma.$transaction>) => {
      transactions++;
      return api.prisma.$transaction(...given);
    }) as typeof api.prisma.$transaction;
    const made = [await makeToken("one"), await makeToken("two"), await makeToken("three")];
    for (const { id } of made.slice(1)) await revokeToken(operator(), { tenantId: "t1", id });
    const [one, two, three] = made.map(({ id }): TokenKey => ({ tenantId: "t1", tokenId: id }));
    const strangers = Array.from({ length: 1_200 }, (): TokenKey => ({ tenantId: "t1", tokenId: newId() }));
    // Of another tenant, of an issuer who wants to see more, and the placeholder.
    const others = [
      { tenantId: "t2", tokenId: three!.tokenId },
      { tenantId: "t1", tokenId: `jwt:x,${three!.tokenId}` },
      { tenantId: "t1", tokenId: "development" },
    ];
    const asked = [one!, ...strangers.slice(0, 600), ...others, two!, ...strangers.slice(600)];
    expect(await findRevoked({ prisma: { $transaction } }, asked)).toEqual([two]);
    expect(transactions).toBe(2);
    expect(await findRevoked({ prisma: { $transaction } }, others.slice(1))).toEqual([]);
    expect(transactions).toBe(2);
    expect(await api.prisma.apiToken.count()).toBe(0);
    await api.close();
  });
});
