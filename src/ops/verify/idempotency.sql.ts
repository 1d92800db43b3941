import type { PrismaClient } from "../../db/generated/client.ts";

type Reader = Pick<PrismaClient, "$queryRaw">;

export interface KeyWithoutEffect {
  readonly tenantId: string;
  readonly route: string;
  readonly key: string;
  readonly effectId: string;
}

/**
 * Requests that were answered with success, whose effect has the effect id for its own id, and is not there:
 * runs that were started, generic commands that were taken in.
 */
export async function selectKeysWithoutEffect(
  prisma: Reader,
  input: { readonly tenantId: string | null; readonly limit: number },
): Promise<KeyWithoutEffect[]> {
  return prisma.$queryRaw<KeyWithoutEffect[]>`
    select idempotency."tenantId", route, key, "effectId"
    from scripts."IdempotencyKey" idempotency
    where idempotency.status between 200 and 299
      and (${input.tenantId}::text is null or idempotency."tenantId" = ${input.tenantId})
      and (
        route = 'POST /runs' and not exists (
          select from scripts."ScriptRun" run
          where run."tenantId" = idempotency."tenantId" and run.id = idempotency."effectId")
        or route = 'POST /commands' and not exists (
          select from scripts."CommandOutbox" command
          where command."tenantId" = idempotency."tenantId" and command.id = idempotency."effectId"))
    order by idempotency."createdAt"
    limit ${input.limit}`;
}

/** Two keys of a tenant that stand for one effect. */
export async function selectSharedEffects(
  prisma: Reader,
  input: { readonly tenantId: string | null; readonly limit: number },
): Promise<{ tenantId: string; effectId: string; keys: number }[]> {
  return prisma.$queryRaw<{ tenantId: string; effectId: string; keys: number }[]>`
    select "tenantId", "effectId", count(*)::int as keys
    from scripts."IdempotencyKey"
    where ${input.tenantId}::text is null or "tenantId" = ${input.tenantId}
    group by "tenantId", "effectId"
    having count(*) > 1
    limit ${input.limit}`;
}

/** How many kept answers should have been cleared away before a time, and how many there are. */
export async function selectOldKeys(
  prisma: Reader,
  input: { readonly tenantId: string | null; readonly before: Date },
): Promise<{ old: number; all: number }> {
  const rows = await prisma.$queryRaw<{ old: number; all: number }[]>`
    select
      count(*) filter (where "expiresAt" < ${input.before})::int as old,
      count(*)::int as all
    from scripts."IdempotencyKey"
    where ${input.tenantId}::text is null or "tenantId" = ${input.tenantId}`;
  return rows[0]!;
}
