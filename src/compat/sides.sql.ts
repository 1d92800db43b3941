import type { Prisma } from "../db/generated/client.ts";

export type Side = "LEGACY" | "CANONICAL";

/** From where a tenant is served, and what the legacy tables allow. */
export interface Sides {
  readonly reads: Side;
  readonly writes: Side;
  /** Share of reads that both sides answer, from 0 to 1. */
  readonly dualShare: number;
  /** Whether there are legacy tables that this process may read. */
  readonly isReadable: boolean;
  /** Whether they take writes: they are there, not frozen, and this process may. */
  readonly isWritable: boolean;
}

/** Reads the tenant's switch, else that of everybody; without any the legacy side serves. */
export async function readSides(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  tenantId: string,
): Promise<Sides> {
  const [row] = await tx.$queryRaw<Sides[]>`
    select coalesce(own."reads", everybody."reads", 'LEGACY')::text as "reads",
      coalesce(own."writes", everybody."writes", 'LEGACY')::text as "writes",
      coalesce(own."dualShare", everybody."dualShare", 0) as "dualShare",
      coalesce(legacy."isReadable", false) as "isReadable",
      coalesce(legacy."isReadable" and legacy."isWritable", false) as "isWritable"
    from (values (${tenantId}::text)) as asked ("tenantId")
    left join backfill."BackfillSwitch" as own
      on own."backfill" = 'guidance' and own."tenantId" = asked."tenantId"
    left join backfill."BackfillSwitch" as everybody
      on everybody."backfill" = 'guidance' and everybody."tenantId" = '*'
    left join (
      select has_schema_privilege(space.oid, 'USAGE') and has_table_privilege(relation.oid, 'SELECT') as "isReadable",
        has_table_privilege(relation.oid, 'INSERT') and not exists (
          select from pg_trigger where tgrelid = relation.oid and tgname = 'frozen' and tgenabled <> 'D'
        ) as "isWritable"
      from pg_namespace as space
      join pg_class as relation on relation.relnamespace = space.oid and relation.relname = 'ScriptRun'
      where space.nspname = 'guidance'
    ) as legacy on true`;
  return row!;
}
