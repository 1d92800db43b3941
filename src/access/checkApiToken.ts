import type { Prisma, PrismaClient } from "../db/generated/client.ts";
import { createGate } from "../kernel/gate.ts";
import { sha256 } from "../kernel/sha256.ts";
import type { Credential, Unaccepted } from "./principal.ts";
import { isRole } from "./role.ts";
import { setTokenHash } from "./setTokenHash.sql.ts";

export interface CheckApiTokenDeps {
  readonly prisma: Pick<PrismaClient, "$transaction">;
  readonly now: () => Date;
}

/** How long a token is taken to be what it was when it was looked up, in ms: a revoked one lives on for that. */
export const TOKEN_CACHE_MS = 5_000;
/** Tokens remembered at a time. */
const MAX_REMEMBERED = 10_000;
/**
 * Look-ups at a time of tokens that this process has never found. Without a bound 150 connections that try out
 * tokens took every connection to the database: a read of somebody else took 730 ms in place of 6, and some failed.
 */
const STRANGERS_AT_ONCE = 2;

type TokenRow = Prisma.ApiTokenGetPayload<{ select: typeof COLUMNS }>;

const COLUMNS = {
  tenantId: true,
  id: true,
  role: true,
  actorType: true,
  actorId: true,
  expiresAt: true,
  revokedAt: true,
} as const satisfies Prisma.ApiTokenSelect;

interface Remembered {
  readonly row: Promise<TokenRow | null>;
  readonly untilMs: number;
}

/**
 * Checks tokens that createToken made. One is looked up by its hash and remembered for 5 s, so that a busy
 * client costs no query a request. Only tokens that were found are remembered.
 *
 * Throws when the database cannot be reached.
 */
export function createCheckApiToken(
  deps: CheckApiTokenDeps,
): (token: string) => Promise<Credential | Unaccepted> {
  const remembered = new Map<string, Remembered>();
  const oneOfFew = createGate(STRANGERS_AT_ONCE);

  function lookUp(hash: string, nowMs: number): Promise<TokenRow | null> {
    const known = remembered.get(hash);
    if (known && known.untilMs > nowMs) return known.row;
    const row = known ? findToken(deps, hash) : oneOfFew(() => findToken(deps, hash));
    remembered.delete(hash);
    remembered.set(hash, { row, untilMs: nowMs + TOKEN_CACHE_MS });
    const forget = () => {
      if (remembered.get(hash)?.row === row) remembered.delete(hash);
    };
    row.then((found) => found ?? forget(), forget);
    // A Map keeps insertion order, so the first entry was looked up longest ago.
    if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    return row;
  }

  return async (token) => {
    const now = deps.now();
    const row = await lookUp(sha256(token), now.getTime());
    return row ? judge(row, now) : { kind: "invalid", reason: "There is no such token." };
  };
}

function findToken({ prisma }: CheckApiTokenDeps, hash: string): Promise<TokenRow | null> {
  return prisma.$transaction(async (tx) => {
    await setTokenHash(tx, hash);
    return tx.apiToken.findUnique({ where: { hash }, select: COLUMNS });
  });
}

function judge(row: TokenRow, now: Date): Credential | Unaccepted {
  const { tenantId, id, role, actorType, actorId, expiresAt } = row;
  if (row.revokedAt !== null) return { kind: "invalid", reason: "The token was revoked." };
  if (expiresAt !== null && expiresAt <= now)
    return { kind: "invalid", reason: `The token expired at ${expiresAt.toISOString()}.` };
  if (!isRole(role))
    throw new Error(`Token ${id} of tenant ${tenantId} has the role "${role}", which is none.`);
  const actor = { type: actorType, id: actorId };
  return { kind: "credential", tenantId, actor, role, tokenId: id, expiresAt: expiresAt ?? undefined };
}
