import type { Prisma } from "../../src/db/generated/client.ts";
import { checkInvariants } from "./checks.ts";
import { countAnew, EVERYBODY, findSwitch, findUncompared } from "./comparedReads.ts";
import { decide, peek, refused, refusedFor, type ControlDeps, type Decision, type Order } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";
import { findFailures } from "./findFailures.ts";
import type { Waiver } from "./waive.ts";

interface SwitchInput {
  /** EVERYBODY is everybody who has no switch of its own. */
  readonly tenantId: string;
  readonly to: "LEGACY" | "CANONICAL";
}

interface SwitchReadsInput extends SwitchInput {
  /** From 0 to 1. Setting one begins to count the compared reads anew. */
  readonly dualShare: number;
  /** Compared reads that are wanted before the cutover; left out: as it was. */
  readonly minCompared?: number;
  /** Signs that the reads that were compared are enough, however few. */
  readonly waiver?: Waiver;
}

/**
 * Says from where a tenant's reads are answered, and which share of them is answered by both sides and compared.
 * The first share leads to phase DUAL_READ, the first tenant that is read from the canonical side to CUTOVER.
 */
export async function switchReads(
  deps: ControlDeps,
  definition: BackfillDefinition,
  input: SwitchReadsInput,
): Promise<Order> {
  const { tenantId, to, dualShare, minCompared, waiver } = input;
  const early = await peek(deps, definition, "switch-reads");
  if (early) return early;
  if (to === "CANONICAL") await checkInvariants(deps, definition);
  const request = { verb: "switch-reads", details: { ...input, waiver: waiver && { ...waiver } } } as const;
  return decide(deps, definition, request, async (tx, { phase }): Promise<Decision> => {
    const reasons =
      to === "CANONICAL"
        ? [
            ...(await findFailures(tx, definition)),
            ...(await findUncompared(tx, definition, tenantId, waiver)),
          ]
        : [
            ...(phase === "VERIFY" ? await findFailures(tx, definition) : []),
            ...(await findOwnWritesHidden(tx, definition, tenantId)),
          ];
    if (reasons.length > 0) return refusedFor(reasons);
    await keepSwitch(deps, tx, definition, tenantId, {
      reads: to,
      dualShare,
      ...(dualShare > 0 ? { sharedAt: deps.now() } : {}),
      ...(minCompared === undefined ? {} : { minCompared }),
    });
    if (dualShare > 0) await countAnew(tx, definition, tenantId);
    if (phase === "CUTOVER") return {};
    return { phase: to === "CANONICAL" ? "CUTOVER" : "DUAL_READ" };
  });
}

/** Somebody who writes to the canonical side and reads from the other would not see what was written. */
async function findOwnWritesHidden(
  tx: Prisma.TransactionClient,
  definition: BackfillDefinition,
  tenantId: string,
): Promise<string[]> {
  const now = await findSwitch(tx, definition, tenantId);
  return now?.writes === "CANONICAL"
    ? [`Writes of "${tenantId}" go to the canonical side: "switch-writes --to legacy" first.`]
    : [];
}

/** Says where a tenant's writes go. To the canonical side only when its reads come from there already. */
export function switchWrites(
  deps: ControlDeps,
  definition: BackfillDefinition,
  input: SwitchInput,
): Promise<Order> {
  const request = { verb: "switch-writes", details: { ...input } } as const;
  return decide(deps, definition, request, async (tx): Promise<Decision> => {
    const now = await findSwitch(tx, definition, input.tenantId);
    if (input.to === "CANONICAL" && now?.reads !== "CANONICAL")
      return refused(
        `Reads of "${input.tenantId}" still come from the legacy side: "switch-reads --to canonical" first.`,
      );
    await keepSwitch(deps, tx, definition, input.tenantId, { writes: input.to });
    return {};
  });
}

/** A tenant's first switch of its own begins where everybody's stands, so that only what was said changes. */
async function keepSwitch(
  deps: ControlDeps,
  tx: Prisma.TransactionClient,
  definition: BackfillDefinition,
  tenantId: string,
  said: Omit<Prisma.BackfillSwitchUncheckedCreateInput, "backfill" | "tenantId" | "updatedAt">,
): Promise<void> {
  const backfill = definition.name;
  const before = await findSwitch(tx, definition, tenantId);
  await tx.backfillSwitch.upsert({
    where: { backfill_tenantId: { backfill, tenantId } },
    create: { ...before, ...said, backfill, tenantId, updatedAt: deps.now() },
    update: { ...said, updatedAt: deps.now() },
  });
}

/** Who is still served from the legacy side, in sentences; none when nobody is. */
export async function findLegacySides(
  tx: Prisma.TransactionClient,
  definition: BackfillDefinition,
): Promise<string[]> {
  const switches = await tx.backfillSwitch.findMany({ where: { backfill: definition.name } });
  const reasons = switches
    .filter(({ reads, writes }) => reads !== "CANONICAL" || writes !== "CANONICAL")
    .map(({ tenantId }) => `Tenant "${tenantId}" still reads from or writes to the legacy side.`);
  if (!switches.some(({ tenantId }) => tenantId === EVERYBODY))
    reasons.push('Nothing is said of tenants without a switch of their own: switch "*" too.');
  return reasons;
}
