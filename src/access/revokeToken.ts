import type { PrismaClient } from "../db/generated/client.ts";

/**
 * Revokes a token, as script_operator; API processes that know it accept it for 5 s more (TOKEN_CACHE_MS), and end its
 * event streams when they look next (STREAM_TOKEN_CHECK_SECONDS). The row stays, so that what was done with the token can be told later. Answers since when it is revoked.
 */
export async function revokeToken(
  deps: { readonly prisma: Pick<PrismaClient, "apiToken">; readonly now: () => Date },
  key: { readonly tenantId: string; readonly id: string },
): Promise<{ readonly kind: "revoked"; readonly at: Date } | { readonly kind: "token_not_found" }> {
  await deps.prisma.apiToken.updateMany({
    where: { tenantId: key.tenantId, id: key.id, revokedAt: null },
    data: { revokedAt: deps.now() },
  });
  const row = await deps.prisma.apiToken.findUnique({
    where: { tenantId_id: { tenantId: key.tenantId, id: key.id } },
    select: { revokedAt: true },
  });
  return row?.revokedAt ? { kind: "revoked", at: row.revokedAt } : { kind: "token_not_found" };
}
