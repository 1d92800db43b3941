import type { InTenant, TenantTx } from "../../db/inTenant.ts";
import { Prisma, type IdempotencyKey } from "../../db/generated/client.ts";
import { newId } from "../../kernel/newId.ts";
import type { KeptAnswer } from "./keptAnswer.ts";
import type { KeyedRequest, KeyName } from "./keyedRequest.ts";

export interface ClaimDeps {
  readonly inTenant: InTenant;
  readonly now: () => Date;
}

export interface ClaimLimits {
  /** For how long whoever begins a request is taken to be at work on it, unless it says so again. */
  readonly leaseMs: number;
  /** For how long a key stands for its request. */
  readonly keepMs: number;
}

/** The right to run a request. */
export interface Claimed {
  readonly kind: "claimed";
  readonly name: KeyName;
  /** Id of the row: another one when the key is used anew after its time. */
  readonly id: string;
  readonly effectId: string;
}

export type Claim =
  | Claimed
  /** It has run; this is what it was answered. */
  | { readonly kind: "answered"; readonly answer: KeptAnswer }
  /** Somebody else is at work on it, or was until a moment ago. */
  | { readonly kind: "in_use"; readonly forMs: number }
  /** The key stands for another request. */
  | { readonly kind: "reused" };

/**
 * Claims a request by its key, in a transaction of its own: the claim must be seen by others, and survive,
 * before the request has any effect.
 *
 *     (none) -> running -> answered -> (deleted after its time)
 *                  |  ^
 *                  v  |
 *          lease over, or let go of: the next one takes it over, with the same effectId
 */
export async function claimKey(deps: ClaimDeps, request: KeyedRequest, limits: ClaimLimits): Promise<Claim> {
  const { name, fingerprint } = request;
  return deps.inTenant(name.tenantId, async (tx) => {
    const fresh = newRow(request, deps.now(), limits);
    const { count } = await tx.idempotencyKey.createMany({ data: [fresh], skipDuplicates: true });
    if (count === 1) return toClaimed(name, fresh);
    const row = await tx.idempotencyKey.findUnique({ where: { tenantId_principal_route_key: name } });
    // Deleted as expired between the two statements.
    if (!row) return { kind: "in_use", forMs: 0 };
    if (row.expiresAt <= fresh.createdAt) return useAnew(tx, row, fresh);
    if (row.fingerprint !== fingerprint) return { kind: "reused" };
    if (row.status !== null) return { kind: "answered", answer: toAnswer(row, row.status) };
    const forMs = row.lockedUntil.getTime() - fresh.createdAt.getTime();
    return forMs > 0 ? { kind: "in_use", forMs } : takeOver(tx, row, fresh.lockedUntil);
  });
}

type FreshRow = ReturnType<typeof newRow>;

function newRow({ name, fingerprint }: KeyedRequest, now: Date, { leaseMs, keepMs }: ClaimLimits) {
  return {
    ...name,
    id: newId(),
    fingerprint,
    effectId: newId(),
    lockedUntil: new Date(now.getTime() + leaseMs),
    createdAt: now,
    expiresAt: new Date(now.getTime() + keepMs),
  };
}

// Whoever finds the row as it was read wins; a second one finds another id or another lease.
async function useAnew(tx: TenantTx, row: IdempotencyKey, fresh: FreshRow): Promise<Claim> {
  const { count } = await tx.idempotencyKey.updateMany({
    where: { ...nameOf(row), id: row.id },
    data: { ...fresh, status: null, headersJson: Prisma.DbNull, body: null, completedAt: null },
  });
  return count === 1 ? toClaimed(nameOf(row), fresh) : { kind: "in_use", forMs: 0 };
}

async function takeOver(tx: TenantTx, row: IdempotencyKey, lockedUntil: Date): Promise<Claim> {
  const { count } = await tx.idempotencyKey.updateMany({
    where: { ...nameOf(row), id: row.id, status: null, lockedUntil: row.lockedUntil },
    data: { lockedUntil },
  });
  return count === 1 ? toClaimed(nameOf(row), row) : { kind: "in_use", forMs: 0 };
}

function nameOf({ tenantId, principal, route, key }: IdempotencyKey): KeyName {
  return { tenantId, principal, route, key };
}

function toClaimed(name: KeyName, { id, effectId }: Pick<IdempotencyKey, "id" | "effectId">): Claimed {
  return { kind: "claimed", name, id, effectId };
}

function toAnswer({ headersJson, body }: IdempotencyKey, status: number): KeptAnswer {
  return { status, headers: headersJson as KeptAnswer["headers"], body: body ?? undefined };
}
