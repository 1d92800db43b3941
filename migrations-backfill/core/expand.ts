import { decide, refusedFor, type ControlDeps, type Order } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";
import { ensureRows } from "./ensureRows.ts";
import { findMissing } from "./findUnready.sql.ts";
import { patiently } from "./patiently.ts";

/**
 * Adds what stands beside the legacy tables: the grants by which they are read from here, and views. Nothing of
 * theirs changes, so it may be given long before anything else, and again.
 */
export async function expand(deps: ControlDeps, definition: BackfillDefinition): Promise<Order> {
  const missing = refusedFor(await findMissing(deps.prisma, definition.legacy));
  if (missing) return missing;
  await ensureRows(deps, definition);
  const order = await decide(deps, definition, { verb: "expand" }, async () => undefined);
  if (order.kind === "refused") return order;
  await patiently(() => deps.runOwnerSql(definition.sql.expand));
  return decide(deps, definition, { verb: "expand", noted: "expanded" }, async () => undefined);
}
