import { Prisma } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { newId } from "../kernel/newId.ts";
import { toTypedValue } from "../runs/typedValue.ts";
import type { RunKey } from "./runnerDeps.ts";

/**
 * Makes the rows of a run's variables what changed says; null takes a row away. A row keeps its id. The run's lock
 * must be held. Three statements however many variables there are: an upsert of each took one per variable.
 */
export async function writeVariables(
  tx: Pick<TenantTx, "runVariable">,
  { tenantId, runId }: RunKey,
  changed: { readonly [key: string]: Json },
  now: Date,
): Promise<void> {
  const keys = Object.keys(changed);
  if (keys.length === 0) return;
  const where = { tenantId, runId, key: { in: keys } };
  const before = await tx.runVariable.findMany({ where, select: { id: true, key: true } });
  if (before.length > 0) await tx.runVariable.deleteMany({ where });
  const ids = new Map(before.map(({ id, key }) => [key, id]));
  const rows = Object.entries(changed).flatMap(([key, value]) =>
    value === null
      ? []
      : [{ tenantId, id: ids.get(key) ?? newId(), runId, key, ...toColumns(value), updatedAt: now }],
  );
  if (rows.length > 0) await tx.runVariable.createMany({ data: rows });
}

function toColumns(value: Json) {
  const { strVal = null, numVal = null, boolVal = null, jsonVal } = toTypedValue(value);
  return {
    strVal,
    numVal: numVal === null ? null : exactFloat(numVal),
    boolVal,
    jsonVal: jsonVal === undefined ? Prisma.DbNull : (jsonVal as Prisma.InputJsonValue),
  };
}

// Of a whole number Prisma keeps 16 digits on the way to a Float: 2^64 came back as another number, and the largest
// one was out of range. A Decimal goes the same way digit for digit; its type is what the column is not.
function exactFloat(value: number): number {
  return new Prisma.Decimal(value) as unknown as number;
}
