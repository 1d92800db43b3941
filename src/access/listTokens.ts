import type { Prisma, PrismaClient } from "../db/generated/client.ts";

/** A token as it may be shown: neither its text nor its hash. */
export type ListedToken = Prisma.ApiTokenGetPayload<{ select: typeof SHOWN }>;

const SHOWN = {
  tenantId: true,
  id: true,
  label: true,
  role: true,
  actorType: true,
  actorId: true,
  createdAt: true,
  expiresAt: true,
  revokedAt: true,
} as const satisfies Prisma.ApiTokenSelect;

/** Tokens of a tenant, or of all, the newest first; those that were revoked or have expired as well. */
export async function listTokens(
  deps: { readonly prisma: Pick<PrismaClient, "apiToken"> },
  input: { readonly tenantId?: string | undefined } = {},
): Promise<ListedToken[]> {
  return deps.prisma.apiToken.findMany({
    where: input.tenantId === undefined ? {} : { tenantId: input.tenantId },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    select: SHOWN,
  });
}
