import type { Prisma } from "../db/generated/client.ts";
import type {
  LegacyScript,
  LegacyScriptRow,
  LegacyVersion,
  LegacyVersionRow,
} from "../guidance/legacyRows.ts";
import { COUNTS, readParts, SCRIPT_COLUMNS, VERSION_COLUMNS } from "./legacyVersionParts.sql.ts";
import type { CountedVersionRow } from "./legacyVersionParts.sql.ts";

type ReadTx = Pick<Prisma.TransactionClient, "$queryRaw">;

/** A script by its key with the version that clients are served, whole however large: of the ACTIVE ones the highest. */
export async function readActiveLegacyScript(
  tx: ReadTx,
  { tenantId, key }: { readonly tenantId: string; readonly key: string },
): Promise<LegacyScript | undefined> {
  const [row] = await tx.$queryRaw<LegacyScriptRow[]>`
    select ${SCRIPT_COLUMNS} from guidance."Script" where "tenantId" = ${tenantId} and "key" = ${key}`;
  if (!row) return undefined;
  const versions = await tx.$queryRaw<CountedVersionRow[]>`
    select ${VERSION_COLUMNS}, ${COUNTS}
    from guidance."ScriptVersion" as version
    where "scriptId" = ${row.id} and "status" = 'ACTIVE'
    order by "version" desc
    limit 1`;
  return { row, versions: await readParts(tx, versions, true) };
}

/** One version by its script and number, with its parts. */
export async function readLegacyVersion(
  tx: ReadTx,
  { scriptId, version }: { readonly scriptId: string; readonly version: number },
): Promise<LegacyVersion | undefined> {
  const versions = await tx.$queryRaw<CountedVersionRow[]>`
    select ${VERSION_COLUMNS}, ${COUNTS}
    from guidance."ScriptVersion" as version
    where "scriptId" = ${scriptId} and "version" = ${version}`;
  return (await readParts(tx, versions))[0];
}

/** The script of an id in the tenant, locked against another publish of it. */
export async function lockLegacyScript(
  tx: ReadTx,
  { tenantId, id }: { readonly tenantId: string; readonly id: string },
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select from guidance."Script" where "id" = ${id} and "tenantId" = ${tenantId} for update`;
  return rows.length > 0;
}

/** A version's own row by its number; without one the highest. */
export async function findLegacyVersionRow(
  tx: ReadTx,
  { scriptId, version }: { readonly scriptId: string; readonly version: number | undefined },
): Promise<LegacyVersionRow | undefined> {
  const [row] = await tx.$queryRaw<LegacyVersionRow[]>`
    select ${VERSION_COLUMNS}
    from guidance."ScriptVersion" as version
    where "scriptId" = ${scriptId} and (${version ?? null}::int is null or "version" = ${version ?? null}::int)
    order by "version" desc
    limit 1`;
  return row;
}
