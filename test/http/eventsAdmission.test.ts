import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createToken } from "../../src/access/createToken.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { openStream, type SseClient } from "../support/sseClient.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;
const open: SseClient[] = [];
beforeAll(async () => {
  app = await startApp({});
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(() => app.stop());

const as = (tenantId: string) => ({ authorization: "Bearer dev-token", "x-tenant-id": tenantId });

async function stream(options?: Parameters<typeof openStream>[1], of: TestApp = app): Promise<SseClient> {
  const client = await openStream(of.url, options);
  open.push(client);
  return client;
}

describe("a ticket", () => {
  it("opens one stream of whom it was made for, without headers", async () => {
    const made = await app.client.post("/events/tickets");
    expect([made.status, made.headers.get("cache-control")]).toEqual([201, "no-store"]);
    const query = { ticket: made.body.ticket as string };
    const client = await stream({ query, headers: {} });
    expect(client.status).toBe(200);
    expect((await app.client.post("/scripts", { id: "by-ticket", name: "T", slug: "t" })).status).toBe(201);
    await expectSoon(() => client.events.some(({ scriptId }) => scriptId === "by-ticket")).toBe(true);
    const again = await stream({ query, headers: {} });
    expect([again.status, JSON.parse(again.body)]).toMatchObject([401, { code: "authorization_invalid" }]);
    const invented = await stream({ query: { ticket: "x".repeat(43) }, headers: {} });
    expect(invented.status).toBe(401);
  });
});

interface LimitProblem {
  readonly code: string;
  readonly details?: { readonly of: string };
}

describe("too many streams", () => {
  it("of a token, a tenant or the process are refused with the way out", async () => {
    const limited = await startApp({
      env: { STREAMS_PER_PROCESS: "3", STREAMS_PER_TENANT: "2", STREAMS_PER_TOKEN: "1" },
      worker: false,
    });
    const makeToken = async (actorId: string) => {
      const holder = { tenantId: "t1", label: "test", role: "viewer", actorType: "USER", actorId } as const;
      const { token } = await createToken({ prisma: limited.prisma, now: () => new Date() }, holder);
      return { authorization: `Bearer ${token}` };
    };
    const first = await stream({}, limited);
    const { ticket } = (await limited.client.post("/events/tickets")).body as { ticket: string };
    const opened = [
      await stream({}, limited),
      // A ticket counts as the token that it was made with.
      await stream({ query: { ticket }, headers: {} }, limited),
      await stream({ headers: await makeToken("u7") }, limited),
      await stream({ headers: await makeToken("u8") }, limited),
      await stream({ headers: as("t2") }, limited),
      await stream({ headers: as("t3") }, limited),
    ];
    expect(
      opened.map(({ status, body, headers }) => {
        const problem = body === "" ? undefined : (JSON.parse(body) as LimitProblem);
        return [status, problem?.code, problem?.details?.of, headers["retry-after"]];
      }),
    ).toEqual([
      [429, "too_many_streams", "token", "5"],
      [429, "too_many_streams", "token", "5"],
      [200, undefined, undefined, undefined],
      [429, "too_many_streams", "tenant", "5"],
      [200, undefined, undefined, undefined],
      [503, "streams_full", undefined, "5"],
    ]);
    first.close();
    await expectSoon(async () => (await stream({}, limited)).status).toBe(200);
    await limited.stop();
  });
});
