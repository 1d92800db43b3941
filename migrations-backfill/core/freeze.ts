import { decide, peek, refusedFor, type ControlDeps, type Order } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";
import { findUnfrozen, findUnreadable } from "./findUnready.sql.ts";
import { freezeSql } from "./legacyTables.ts";
import { readClock } from "./lockUnit.sql.ts";
import { patiently } from "./patiently.ts";
import { restartVerification } from "./verify.ts";

/**
 * Lets the legacy tables take no more writes; from then on nothing changes behind the move. Given again later it
 * freezes what somebody has thawed: what was verified before that may have changed, so it is forgotten.
 */
export async function freeze(deps: ControlDeps, definition: BackfillDefinition): Promise<Order> {
  const { legacy, sql } = definition;
  const early =
    (await peek(deps, definition, "freeze")) ?? refusedFor(await findUnreadable(deps.prisma, legacy));
  if (early) return early;
  const order = await decide(deps, definition, { verb: "freeze" }, async (_, { phase }) =>
    phase === "EXPAND" ? { phase: "FREEZE" } : undefined,
  );
  if (order.kind === "refused") return order;
  const thawed = await findUnfrozen(deps.prisma, legacy);
  // After a reverse the views are gone. Whoever writes at this moment is waited for, and then it is tried again.
  await patiently(() => deps.runOwnerSql(`${sql.expand};${freezeSql(legacy)}`));
  if (thawed.length > 0) await restartVerification(deps, definition);
  return decide(deps, definition, { verb: "freeze", noted: "frozen", details: { thawed } }, async (tx) => {
    const { frozenAt } = await tx.backfill.findUniqueOrThrow({ where: { name: definition.name } });
    return frozenAt !== null && thawed.length === 0 ? undefined : { frozenAt: await readClock(tx) };
  });
}
