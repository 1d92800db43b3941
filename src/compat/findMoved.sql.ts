import type { Prisma } from "../db/generated/client.ts";
import type { RunFacts, ScriptFacts, VersionFacts } from "../guidance/legacyFacts.ts";

type ReadTx = Pick<Prisma.TransactionClient, "$queryRaw">;

export interface Moved<Facts> {
  readonly newId: string;
  readonly facts: Facts | null;
}

/** The script that had this key in the tenant's legacy tables. Row-level security keeps it within the tenant. */
export async function findMovedByKey(
  tx: ReadTx,
  { tenantId, key }: { readonly tenantId: string; readonly key: string },
): Promise<Moved<ScriptFacts> | undefined> {
  const [row] = await tx.$queryRaw<Moved<ScriptFacts>[]>`
    select "newId", "factsJson" as "facts"
    from backfill."BackfillIdMap"
    where "backfill" = 'guidance' and "tenantId" = ${tenantId} and "kind" = 'script' and "takenBackAt" is null
      and "factsJson" #>> '{row,key}' = ${key} and "factsJson" #>> '{row,tenantId}' = ${tenantId}`;
  return row;
}

/** What a legacy row became. */
export async function findMovedById<Kind extends keyof FactsOf>(
  tx: ReadTx,
  { tenantId, kind, legacyId }: { readonly tenantId: string; readonly kind: Kind; readonly legacyId: string },
): Promise<Moved<FactsOf[Kind]> | undefined> {
  const [row] = await tx.$queryRaw<Moved<FactsOf[Kind]>[]>`
    select "newId", "factsJson" as "facts"
    from backfill."BackfillIdMap"
    where "backfill" = 'guidance' and "legacyTable" = ${TABLES[kind]} and "legacyId" = ${legacyId}
      and "kind" = ${kind} and "tenantId" = ${tenantId} and "takenBackAt" is null`;
  return row;
}

/** What is kept of the legacy row that became this one; undefined when it was not moved. */
export async function findFacts<Kind extends keyof FactsOf>(
  tx: ReadTx,
  { tenantId, kind, newId }: { readonly tenantId: string; readonly kind: Kind; readonly newId: string },
): Promise<FactsOf[Kind] | undefined> {
  const [row] = await tx.$queryRaw<{ facts: FactsOf[Kind] | null }[]>`
    select "factsJson" as "facts"
    from backfill."BackfillIdMap"
    where "backfill" = 'guidance' and "tenantId" = ${tenantId} and "kind" = ${kind} and "newId" = ${newId}
      and "takenBackAt" is null`;
  return row?.facts ?? undefined;
}

interface FactsOf {
  readonly script: ScriptFacts;
  readonly version: VersionFacts;
  readonly run: RunFacts;
}

const TABLES = { script: "Script", version: "ScriptVersion", run: "ScriptRun" } as const;
