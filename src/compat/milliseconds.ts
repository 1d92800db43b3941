import { Prisma } from "../db/generated/client.ts";

/**
 * A column of type timestamp as a LegacyTime: milliseconds since 1970 UTC in text, "infinity" or "-infinity".
 * Neither the session's time zone nor its date style has a say in it.
 */
export function milliseconds(column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`case when isfinite(${column}) then round(extract(epoch from ${column}) * 1000)::bigint::text
    else ${column}::text end as ${column}`;
}
