import type { Prisma } from "../../src/db/generated/client.ts";
import {
  COUNTS,
  readParts,
  SCRIPT_COLUMNS,
  VERSION_COLUMNS,
  type CountedVersionRow,
} from "../../src/compat/legacyVersionParts.sql.ts";
import type { LegacyScript, LegacyScriptRow } from "../../src/guidance/legacyRows.ts";

type ReadTx = Pick<Prisma.TransactionClient, "$queryRaw">;

export async function countScripts(tx: ReadTx): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`select count(*)::int as count from guidance."Script"`;
  return row!.count;
}

/** The highest id in the database's own order, which listScriptIds follows too; null when there is none. */
export async function findHighestScriptId(tx: ReadTx): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    select "id" from guidance."Script" order by "id" desc limit 1`;
  return row?.id ?? null;
}

/** Ids after `after` up to and with `upTo`, in the database's own order. */
export async function listScriptIds(
  tx: ReadTx,
  { after, upTo, limit }: { readonly after: string | null; readonly upTo: string; readonly limit: number },
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select "id"
    from guidance."Script"
    where (${after}::text is null or "id" > ${after}) and "id" <= ${upTo}
    order by "id"
    limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** A script with all that belongs to it; undefined when it is gone. */
export async function readScript(tx: ReadTx, id: string): Promise<LegacyScript | undefined> {
  return (await readScripts(tx, [id]))[0];
}

/**
 * Scripts with all that belongs to them, in the order of `ids`; those that are gone are left out. Five statements,
 * however many there are. Of a version that has more rows than a script may have only the counts are read, so
 * memory is bounded by LIMITS and the number of versions.
 */
export async function readScripts(tx: ReadTx, ids: readonly string[]): Promise<LegacyScript[]> {
  const rows = await tx.$queryRaw<LegacyScriptRow[]>`
    select ${SCRIPT_COLUMNS} from guidance."Script" where "id" = any(${ids}::text[])`;
  const versions = await tx.$queryRaw<CountedVersionRow[]>`
    select ${VERSION_COLUMNS}, ${COUNTS}
    from guidance."ScriptVersion" as version
    where "scriptId" = any(${ids}::text[])
    order by "version"`;
  const parts = Map.groupBy(await readParts(tx, versions), ({ row }) => row.scriptId);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? [{ row, versions: parts.get(id) ?? [] }] : [];
  });
}
