import type { Json } from "../../src/kernel/canonicalJson.ts";
import { decide, peek, refused, refusedFor, TRANSACTION, type ControlDeps, type Order } from "./decide.ts";
import type { BackfillDefinition, Loss } from "./definition.ts";
import { findFailures } from "./findFailures.ts";
import { patiently } from "./patiently.ts";
import { whatNext } from "./phases.ts";
import { findLegacySides } from "./switchSides.ts";
import { restartVerification, verify, type VerifyStep } from "./verify.ts";

/** Is told of each step of the verification that both orders begin with. */
type OnStep = (step: VerifyStep) => void;

/**
 * Everything is served from the canonical side and the data is as it must be: what is left is to wait and watch.
 * Compares every row once more: a superuser can change what is frozen.
 */
export async function finalize(
  deps: ControlDeps,
  definition: BackfillDefinition,
  onStep: OnStep = () => undefined,
): Promise<Order> {
  const early =
    (await peek(deps, definition, "finalize")) ?? refusedFor(await findLegacySides(deps.prisma, definition));
  if (early) return early;
  await verifyAnew(deps, definition, onStep);
  return decide(deps, definition, { verb: "finalize" }, async (tx) => {
    const reasons = [...(await findFailures(tx, definition)), ...(await findLegacySides(tx, definition))];
    return refusedFor(reasons) ?? { phase: "SOAK" };
  });
}

async function verifyAnew(deps: ControlDeps, definition: BackfillDefinition, onStep: OnStep): Promise<void> {
  await restartVerification(deps, definition);
  for await (const step of verify(deps, definition)) onStep(step);
}

/**
 * Drops the legacy tables. Refused while anything is open, and while somebody has not accepted what will be gone.
 * Compares every row once more, because nobody can later.
 *
 * The decision is written before the first table goes: from then on there is no way back, also when this process
 * dies before the last one is gone. Given again it then drops the rest.
 */
export async function complete(
  deps: ControlDeps,
  definition: BackfillDefinition,
  input: { readonly acceptLoss: boolean },
  onStep: OnStep = () => undefined,
): Promise<Order & { readonly losses?: readonly Loss[] }> {
  const early = await peek(deps, definition, "complete");
  if (early) return early;
  const { phase } = await deps.prisma.backfill.findUniqueOrThrow({ where: { name: definition.name } });
  // Later the tables that this asks may be gone.
  const isOpen = phase === "SOAK";
  const losses = isOpen
    ? await deps.prisma.$transaction((tx) => definition.describeLoss(tx), TRANSACTION)
    : [];
  if (losses.some(({ count }) => count > 0) && !input.acceptLoss)
    return { ...refused("Rows would be lost (listed). Look at them, then add --accept-loss."), losses };
  if (isOpen) await verifyAnew(deps, definition, onStep);
  const details = { ...input, losses: losses as unknown as Json };
  const allowed = await decide(deps, definition, { verb: "complete", details }, async (tx, now) => {
    if (now.phase === "CONTRACT") return now.status === "RUNNING" ? undefined : refused(whatNext(now));
    const reasons = [...(await findFailures(tx, definition)), ...(await findLegacySides(tx, definition))];
    return refusedFor(reasons) ?? { phase: "CONTRACT", status: "RUNNING" };
  });
  if (allowed.kind === "refused") return { ...allowed, losses };
  await patiently(() => deps.runOwnerSql(definition.sql.contract));
  const done = await decide(deps, definition, { verb: "complete", noted: "completed" }, async () => ({
    status: "IDLE",
  }));
  return { ...done, losses };
}
