import { decide, refusedFor, type ControlDeps, type Order } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";
import { restartVerification } from "./verify.ts";

/** Begins a verification, or goes on with one that was cut short. Every row must have been walked before. */
export async function beginVerification(
  deps: ControlDeps,
  definition: BackfillDefinition,
  { goesOn }: { readonly goesOn: boolean },
): Promise<Order> {
  const request = { verb: "verify", details: { goesOn } } as const;
  const order = await decide(deps, definition, request, async (tx, { phase }) => {
    const open = await tx.backfillUnit.findMany({ where: { backfill: definition.name, finishedAt: null } });
    const reasons = open.map(({ unit }) => `Unit "${unit}" has not been moved to its end.`);
    return refusedFor(reasons) ?? (phase === "BACKFILL" ? { phase: "VERIFY" } : {});
  });
  if (order.kind === "done" && !goesOn) await restartVerification(deps, definition);
  return order;
}

/** Writes into the ledger what a verification has found: nothing, when all is well. */
export function endVerification(
  deps: ControlDeps,
  definition: BackfillDefinition,
  failures: readonly string[],
): Promise<Order> {
  const request = { verb: "verify", noted: "verified", details: { failures } } as const;
  return decide(deps, definition, request, async () => undefined);
}
