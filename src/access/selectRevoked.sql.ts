import type { Prisma } from "../db/generated/client.ts";
import type { TokenKey } from "./findRevoked.ts";

/** Those of some tokens that are revoked. */
export async function selectRevoked(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  tokens: readonly TokenKey[],
): Promise<TokenKey[]> {
  const tenantIds = tokens.map(({ tenantId }) => tenantId);
  const ids = tokens.map(({ tokenId }) => tokenId);
  return tx.$queryRaw<TokenKey[]>`
    select token."tenantId", token.id as "tokenId"
    from unnest(${tenantIds}::text[], ${ids}::text[]) asked ("tenantId", id)
    join scripts."ApiToken" token on token."tenantId" = asked."tenantId" and token.id = asked.id
    where token."revokedAt" is not null`;
}
