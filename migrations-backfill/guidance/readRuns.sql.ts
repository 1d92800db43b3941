import type { Prisma } from "../../src/db/generated/client.ts";

type ReadTx = Pick<Prisma.TransactionClient, "$queryRaw">;

export async function countRuns(tx: ReadTx): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from guidance."ScriptRun"`;
  return row!.count;
}

/** The highest id in the database's own order, which listRunIds follows too; null when there is none. */
export async function findHighestRunId(tx: ReadTx): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    select "id" from guidance."ScriptRun" order by "id" desc limit 1`;
  return row?.id ?? null;
}

/** Ids after `after` up to and with `upTo`, in the database's own order. */
export async function listRunIds(
  tx: ReadTx,
  { after, upTo, limit }: { readonly after: string | null; readonly upTo: string; readonly limit: number },
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select "id"
    from guidance."ScriptRun"
    where (${after}::text is null or "id" > ${after}) and "id" <= ${upTo}
    order by "id"
    limit ${limit}`;
  return rows.map(({ id }) => id);
}
