import type { InTenant } from "../../db/inTenant.ts";
import type { Claimed } from "./claimKey.ts";
import type { KeptAnswer } from "./keptAnswer.ts";

interface SettleDeps {
  readonly inTenant: InTenant;
  readonly now: () => Date;
}

/** Keeps the answer for repeats. False: another one took the request over, and its answer is kept already. */
export async function keepAnswer(deps: SettleDeps, claimed: Claimed, answer: KeptAnswer): Promise<boolean> {
  const { status, headers, body } = answer;
  return change(deps, claimed, {
    status,
    headersJson: headers,
    body: body ?? null,
    completedAt: deps.now(),
  });
}

/** Says until when the request is still being worked on. */
export async function extendLease(deps: SettleDeps, claimed: Claimed, leaseMs: number): Promise<boolean> {
  return change(deps, claimed, { lockedUntil: new Date(deps.now().getTime() + leaseMs) });
}

/** Lets a repeat run again at once. The row stays: a write may have taken place, and it has its effectId. */
export async function letGo(deps: SettleDeps, claimed: Claimed): Promise<boolean> {
  return change(deps, claimed, { lockedUntil: deps.now() });
}

interface Change {
  readonly lockedUntil?: Date;
  readonly status?: number;
  readonly headersJson?: KeptAnswer["headers"];
  readonly body?: string | null;
  readonly completedAt?: Date;
}

async function change(deps: SettleDeps, { name, id }: Claimed, data: Change): Promise<boolean> {
  const { count } = await deps.inTenant(name.tenantId, (tx) =>
    tx.idempotencyKey.updateMany({ where: { ...name, id, status: null }, data }),
  );
  return count === 1;
}
