import type { Prisma } from "../../src/db/generated/client.ts";
import { decide, peek, refused, refusedFor, type ControlDeps, type Decision, type Order } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";
import { checkInvariants, findFailures } from "./verify.ts";

/** Whoever has no switch of its own. */
export const EVERYBODY = "*";

interface SwitchInput {
  /** EVERYBODY is everybody who has no switch of its own. */
  readonly tenantId: string;
  readonly to: "LEGACY" | "CANONICAL";
}

/**
 * Says from where a tenant's reads are answered, and which share of them is answered by both sides and compared.
 * The first share leads to phase DUAL_READ, the first tenant that is read from the canonical side to CUTOVER.
 */
export async function switchReads(
  deps: ControlDeps,
  definition: BackfillDefinition,
  input: SwitchInput & { readonly dualShare: number },
): Promise<Order> {
  const early = await peek(deps, definition, "switch-reads");
  if (early) return early;
  if (input.to === "CANONICAL") await checkInvariants(deps, definition);
  const request = { verb: "switch-reads", details: { ...input } } as const;
  return decide(deps, definition, request, async (tx, { phase }): Promise<Decision> => {
    const reasons =
      input.to === "CANONICAL"
        ? [...(await findFailures(tx, definition)), ...(await findUncompared(tx, definition, input.tenantId))]
        : [
            ...(phase === "VERIFY" ? await findFailures(tx, definition) : []),
            ...(await findOwnWritesHidden(tx, definition, input.tenantId)),
          ];
    if (reasons.length > 0) return refusedFor(reasons);
    await keepSwitch(deps, tx, definition, input.tenantId, { reads: input.to, dualShare: input.dualShare });
    if (phase === "CUTOVER") return {};
    return { phase: input.to === "CANONICAL" ? "CUTOVER" : "DUAL_READ" };
  });
}

/**
 * What speaks against a tenant's cutover: nobody has compared its reads, or they differed. Counted from the last
 * time that a share was set for the tenant: setting it again says that what differed until then is dealt with.
 */
async function findUncompared(
  tx: Prisma.TransactionClient,
  definition: BackfillDefinition,
  tenantId: string,
): Promise<string[]> {
  const backfill = definition.name;
  const orders = await tx.backfillLedger.findMany({
    where: { backfill, verb: { in: ["switch-reads", "frozen"] } },
    orderBy: { id: "desc" },
  });
  const began = orders.findIndex(({ verb }) => verb === "frozen");
  const shared = orders.slice(0, began < 0 ? undefined : began).find(({ details }) => {
    const given = details as unknown as SwitchInput & { readonly dualShare: number };
    return given.dualShare > 0 && [tenantId, EVERYBODY].includes(given.tenantId);
  });
  if (!shared) return ['No read has been compared yet: "switch-reads --share 0.1" first.'];
  const unlike = await tx.backfillDifference.count({
    where: {
      backfill,
      isIgnored: false,
      createdAt: { gt: shared.createdAt },
      ...(tenantId === EVERYBODY ? {} : { tenantId }),
    },
  });
  if (unlike === 0) return [];
  return [
    `${unlike} read(s) were answered differently by the two sides since the share was set. See "log --differences"; ` +
      'once they are dealt with, "switch-reads --share" begins the count anew.',
  ];
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

/** The switch that counts for a tenant: its own, else everybody's. */
async function findSwitch(tx: Prisma.TransactionClient, { name }: BackfillDefinition, tenantId: string) {
  const found = await tx.backfillSwitch.findMany({
    where: { backfill: name, tenantId: { in: [tenantId, EVERYBODY] } },
  });
  return found.find((row) => row.tenantId === tenantId) ?? found[0];
}

/** A tenant's first switch of its own begins where everybody's stands, so that only what was said changes. */
async function keepSwitch(
  deps: ControlDeps,
  tx: Prisma.TransactionClient,
  definition: BackfillDefinition,
  tenantId: string,
  sides: Pick<Prisma.BackfillSwitchUncheckedCreateInput, "reads" | "writes" | "dualShare">,
): Promise<void> {
  const backfill = definition.name;
  const before = await findSwitch(tx, definition, tenantId);
  const { reads, writes, dualShare } = before ?? { reads: "LEGACY", writes: "LEGACY", dualShare: 0 };
  await tx.backfillSwitch.upsert({
    where: { backfill_tenantId: { backfill, tenantId } },
    create: { backfill, tenantId, reads, writes, dualShare, ...sides, updatedAt: deps.now() },
    update: { ...sides, updatedAt: deps.now() },
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
