import type { PrismaClient } from "../db/generated/client.ts";
import { selectRevoked } from "./selectRevoked.sql.ts";
import { setTokenIds } from "./setTokenIds.sql.ts";
import { isTokenId } from "./tokenText.ts";

export interface TokenKey {
  readonly tenantId: string;
  /** As a principal has it: of a token of this service, of a JWT, or the placeholder of development. */
  readonly tokenId: string;
}

/** Tokens of one query: a row that is found is compared with all of them. */
const AT_ONCE = 1_000;

/**
 * Those of some tokens that are revoked by now, whatever was remembered of them. JWTs are never among them: they
 * only expire.
 */
export async function findRevoked(
  deps: { readonly prisma: Pick<PrismaClient, "$transaction"> },
  tokens: readonly TokenKey[],
): Promise<TokenKey[]> {
  const ours = tokens.filter(({ tokenId }) => isTokenId(tokenId));
  const revoked: TokenKey[] = [];
  for (let from = 0; from < ours.length; from += AT_ONCE) {
    const some = ours.slice(from, from + AT_ONCE);
    const found = await deps.prisma.$transaction(async (tx) => {
      await setTokenIds(
        tx,
        some.map(({ tokenId }) => tokenId),
      );
      return selectRevoked(tx, some);
    });
    revoked.push(...found);
  }
  return revoked;
}
