import { afterAll, beforeAll, expect, test } from "vitest";
import { createCheckApiToken, TOKEN_CACHE_MS } from "../../src/access/checkApiToken.ts";
import { createToken, type NewToken } from "../../src/access/createToken.ts";
import { listTokens } from "../../src/access/listTokens.ts";
import { revokeToken } from "../../src/access/revokeToken.ts";
import { openDatabase, type Database } from "../../src/db/openDatabase.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

let database: TestDatabase;
let api: Database;
let operator: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  const open = (url: string, role: "script_api" | "script_operator") =>
    openDatabase({ url, role, poolSize: 2, applicationName: "test" });
  [api, operator] = await Promise.all([
    open(database.apiUrl, "script_api"),
    open(database.operatorUrl, "script_operator"),
  ]);
});
afterAll(async () => {
  await Promise.all([api.close(), operator.close()]);
  await database.drop();
});

const ADA: NewToken = {
  tenantId: "t1",
  label: "Ada's editor",
  role: "editor",
  actorType: "USER",
  actorId: "ada",
};

/** A checker with a clock that a test moves, and a count of its look-ups. */
function openChecker() {
  const clock = { nowMs: Date.now(), lookUps: 0 };
  const now = () => new Date(clock.nowMs);
  const $transaction = ((...given: Parameters<typeof api.prisma.$transaction>) => {
    clock.lookUps++;
    return api.prisma.$transaction(...given);
  }) as typeof api.prisma.$transaction;
  return { clock, now, check: createCheckApiToken({ prisma: { $transaction }, now }) };
}

const make = (more: Partial<NewToken> = {}, now = () => new Date()) =>
  createToken({ prisma: operator.prisma, now }, { ...ADA, ...more });

test("a token is found by the API's own role, and remembered for 5 seconds", async () => {
  const { clock, check } = openChecker();
  const { token, id } = await make();
  const many = await Promise.all(Array.from({ length: 20 }, () => check(token)));
  const credential = {
    kind: "credential",
    tenantId: "t1",
    actor: { type: "USER", id: "ada" },
    role: "editor",
    tokenId: id,
  };
  expect([new Set(many.map((one) => JSON.stringify(one))).size, many[0]]).toEqual([1, credential]);
  expect(clock.lookUps).toBe(1);
  clock.nowMs += TOKEN_CACHE_MS;
  expect((await check(token)).kind).toBe("credential");
  expect(clock.lookUps).toBe(2);
});

test("a token that is revoked is refused 5 seconds later at the latest", async () => {
  const { clock, check, now } = openChecker();
  const { token, id } = await make();
  expect((await check(token)).kind).toBe("credential");
  await revokeToken({ prisma: operator.prisma, now }, { tenantId: "t1", id });
  clock.nowMs += TOKEN_CACHE_MS - 1;
  expect((await check(token)).kind).toBe("credential");
  clock.nowMs += 1;
  expect(await check(token)).toEqual({ kind: "invalid", reason: "The token was revoked." });
});

test("a token expires on time, remembered or not", async () => {
  const { clock, check } = openChecker();
  const { token } = await make({ expiresAt: new Date(clock.nowMs + 1_000) });
  expect((await check(token)).kind).toBe("credential");
  clock.nowMs += 1_000;
  expect((await check(token)).kind).toBe("invalid");
  expect(clock.lookUps).toBe(1);
});

test("a token that was not there a moment ago is found as soon as it is", async () => {
  const { clock, check } = openChecker();
  const { token } = await make();
  const unknown = `${token.slice(0, -4)}AAAA`;
  expect((await check(unknown)).kind).toBe("invalid");
  expect((await check(unknown)).kind).toBe("invalid");
  expect(clock.lookUps).toBe(2);
});

test("a look-up that fails is not remembered", async () => {
  const { token } = await make();
  let fails = true;
  const $transaction = ((...given: Parameters<typeof api.prisma.$transaction>) =>
    fails ? Promise.reject(new Error("gone")) : api.prisma.$transaction(...given)) as never;
  const check = createCheckApiToken({ prisma: { $transaction }, now: () => new Date() });
  await expect(check(token)).rejects.toThrow("gone");
  fails = false;
  expect((await check(token)).kind).toBe("credential");
});

test("whoever tries out tokens takes two connections at most, and known tokens are not behind them", async () => {
  const { token } = await make();
  const clock = { nowMs: Date.now() };
  const release = Promise.withResolvers<void>();
  let held = 0;
  let holding = false;
  const $transaction = (async (...given: Parameters<typeof api.prisma.$transaction>) => {
    if (holding) {
      held++;
      await release.promise;
    }
    return api.prisma.$transaction(...given);
  }) as unknown as typeof api.prisma.$transaction;
  const check = createCheckApiToken({ prisma: { $transaction }, now: () => new Date(clock.nowMs) });
  expect((await check(token)).kind).toBe("credential");
  holding = true;
  const guesses = Array.from({ length: 20 }, (_, n) => check(`${token.slice(0, -2)}${10 + n}`));
  expect(held).toBe(2);
  holding = false;
  // It is looked up again, and does not wait for its turn.
  clock.nowMs += TOKEN_CACHE_MS;
  expect((await check(token)).kind).toBe("credential");
  release.resolve();
  expect(new Set((await Promise.all(guesses)).map(({ kind }) => kind))).toEqual(new Set(["invalid"]));
});

test("the list shows every token of a tenant and gives none away", async () => {
  const { id, token } = await make({ tenantId: "listed", label: "first" });
  await make({ tenantId: "listed", label: "second" }, () => new Date(Date.now() + 1_000));
  const listed = await listTokens(operator, { tenantId: "listed" });
  expect(listed.map(({ label }) => label)).toEqual(["second", "first"]);
  expect(listed[1]).toMatchObject({ id, role: "editor", actorId: "ada", revokedAt: null });
  expect(Object.keys(listed[1]!)).not.toContain("hash");
  expect(JSON.stringify(await listTokens(operator))).not.toContain(token.slice(-43));
});

test("what the code would not make the database does not take", async () => {
  await expect(make({ role: "admin" as never })).rejects.toThrow("ApiToken_role_is_known");
  await expect(make({ actorType: "BACKFILL" as never })).rejects.toThrow("ApiToken_is_no_backfill");
});
