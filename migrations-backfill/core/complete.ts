import type { Json } from "../../src/kernel/canonicalJson.ts";
import { decide, peek, refused, refusedFor, TRANSACTION, type ControlDeps, type Order } from "./decide.ts";
import type { BackfillDefinition, Loss } from "./definition.ts";
import { whatNext } from "./phases.ts";
import { findLegacySides } from "./switchSides.ts";
import { checkInvariants, findFailures } from "./verify.ts";

/** Everything is served from the canonical side and the data is as it must be: what is left is to wait and watch. */
export async function finalize(deps: ControlDeps, definition: BackfillDefinition): Promise<Order> {
  const early = await peek(deps, definition, "finalize");
  if (early) return early;
  await checkInvariants(deps, definition);
  return decide(deps, definition, { verb: "finalize" }, async (tx) => {
    const reasons = [...(await findFailures(tx, definition)), ...(await findLegacySides(tx, definition))];
    return refusedFor(reasons) ?? { phase: "SOAK" };
  });
}

/**
 * Drops the legacy tables. Refused while anything is open, and while somebody has not accepted what will be gone.
 *
 * The decision is written before the first table goes: from then on there is no way back, also when this process
 * dies before the last one is gone. Given again it then drops the rest.
 */
export async function complete(
  deps: ControlDeps,
  definition: BackfillDefinition,
  input: { readonly acceptLoss: boolean },
): Promise<Order & { readonly losses?: readonly Loss[] }> {
  const early = await peek(deps, definition, "complete");
  if (early) return early;
  const { phase } = await deps.prisma.backfill.findUniqueOrThrow({ where: { name: definition.name } });
  // Later the tables that these ask may be gone.
  const isOpen = phase === "SOAK";
  const losses = isOpen
    ? await deps.prisma.$transaction((tx) => definition.describeLoss(tx), TRANSACTION)
    : [];
  const isLossy = losses.some(({ count }) => count > 0);
  if (isOpen) await checkInvariants(deps, definition);
  const details = { acceptLoss: input.acceptLoss, losses: losses as unknown as Json };
  const allowed = await decide(deps, definition, { verb: "complete", details }, async (tx, now) => {
    if (now.phase === "CONTRACT") return now.status === "RUNNING" ? undefined : refused(whatNext(now));
    const reasons = [...(await findFailures(tx, definition)), ...(await findLegacySides(tx, definition))];
    if (isLossy && !input.acceptLoss)
      reasons.push("Rows would be lost (listed). Look at them, then add --accept-loss.");
    return refusedFor(reasons) ?? { phase: "CONTRACT", status: "RUNNING" };
  });
  if (allowed.kind === "refused") return { ...allowed, losses };
  await deps.runOwnerSql(definition.sql.contract);
  const done = await decide(deps, definition, { verb: "complete", noted: "completed" }, async () => ({
    status: "IDLE",
  }));
  return { ...done, losses };
}
