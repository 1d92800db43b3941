import type { Prisma } from "../db/generated/client.ts";
import type { ScriptByKey } from "./canonicalScript.ts";

/** Whether a legacy script was not moved at all, and somebody has signed that it may stay behind. */
export async function isLeftBehind(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  { tenantId, key }: ScriptByKey,
): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ isLeftBehind: boolean }[]>`
    select exists (
      select
      from guidance."Script" as script
      join backfill."BackfillQuarantine" as held
        on held."backfill" = 'guidance' and held."unit" = 'scripts' and held."unitKey" ->> 0 = script."id"
      where script."tenantId" = ${tenantId} and script."key" = ${key} and held."status" = 'WAIVED'
        and not exists (
          select from backfill."BackfillIdMap" as moved
          where moved."backfill" = 'guidance' and moved."legacyTable" = 'Script' and moved."legacyId" = script."id"
            and moved."kind" = 'script' and moved."takenBackAt" is null)
    ) as "isLeftBehind"`;
  return row!.isLeftBehind;
}
