import type { Prisma, PrismaClient } from "./generated/client.ts";
import { setTenant } from "./setTenant.sql.ts";

/** A transaction whose reads and writes stay within one tenant. */
export type TenantTx = Prisma.TransactionClient;

/** Runs work in a transaction of a tenant. Nothing is committed when work throws. */
export type InTenant = <T>(
  tenantId: string,
  work: (tx: TenantTx) => Promise<T>,
  options?: { readonly timeoutMs?: number },
) => Promise<T>;

/** How long a request waits for a connection, and how long its transaction may take, in ms. */
const MAX_WAIT_MS = 10_000;
const TIMEOUT_MS = 10_000;

/** Transactions of tenants on a client. */
export function createInTenant(prisma: Pick<PrismaClient, "$transaction">): InTenant {
  return (tenantId, work, { timeoutMs = TIMEOUT_MS } = {}) =>
    prisma.$transaction(
      async (tx) => {
        await setTenant(tx, tenantId);
        return work(tx);
      },
      { maxWait: MAX_WAIT_MS, timeout: timeoutMs },
    );
}
