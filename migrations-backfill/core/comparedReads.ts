import type { Prisma } from "../../src/db/generated/client.ts";
import type { ControlDeps } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";
import type { Waiver } from "./waive.ts";

/** Whoever has no switch of its own. */
export const EVERYBODY = "*";

type ReadTx = Pick<Prisma.TransactionClient, "backfillSwitch" | "backfillComparison" | "backfillDifference">;

/** What the comparison of reads has shown since a share was last set. */
export interface ComparedReads {
  /** Null: none was set since the last start. */
  readonly since: Date | null;
  /** Reads that at least one side had an answer to. */
  readonly reads: number;
  /** Different things that were read, such as scripts. */
  readonly subjects: number;
  /** Reads that the sides answered differently, without those that a rule expects. */
  readonly differing: number;
  /** Reads that are wanted before the cutover. */
  readonly wanted: number;
}

/** The switch that counts for a tenant: its own, else everybody's. */
export async function findSwitch(tx: ReadTx, { name }: BackfillDefinition, tenantId: string) {
  const found = await tx.backfillSwitch.findMany({
    where: { backfill: name, tenantId: { in: [tenantId, EVERYBODY] } },
  });
  return found.find((row) => row.tenantId === tenantId) ?? found[0];
}

/** Counts for a tenant, or for all who have no switch of their own. */
export async function countCompared(
  tx: ReadTx,
  definition: BackfillDefinition,
  tenantId: string,
): Promise<ComparedReads> {
  const now = await findSwitch(tx, definition, tenantId);
  const wanted = now?.minCompared ?? 0;
  const since = now?.sharedAt ?? null;
  if (since === null) return { since, reads: 0, subjects: 0, differing: 0, wanted };
  const where = { backfill: definition.name, tenantId: await findFollowers(tx, definition, tenantId) };
  const counted = await tx.backfillComparison.aggregate({ where, _sum: { reads: true }, _count: true });
  const differing = await tx.backfillDifference.count({
    where: { ...where, isIgnored: false, createdAt: { gt: since } },
  });
  return { since, reads: counted._sum.reads ?? 0, subjects: counted._count, differing, wanted };
}

/**
 * What speaks against a cutover: too few reads were compared, unless somebody signs for that, or they differed.
 * Setting a share again says that what differed until then is dealt with.
 */
export async function findUncompared(
  tx: ReadTx,
  definition: BackfillDefinition,
  tenantId: string,
  waiver: Waiver | undefined,
): Promise<string[]> {
  if (!definition.comparesReads) return [];
  const { since, reads, differing, wanted } = await countCompared(tx, definition, tenantId);
  const reasons: string[] = [];
  const signing = `"--waive <why>" signs that they are enough`;
  if (!waiver && since === null)
    reasons.push(`No read has been compared yet: "switch-reads --share 0.1" first, or ${signing}.`);
  else if (!waiver && reads < wanted)
    reasons.push(
      `${reads} read(s) were compared since the share was set, and ${wanted} are wanted: wait, or raise the share; ${signing}.`,
    );
  if (differing > 0)
    reasons.push(
      `${differing} read(s) were answered differently by the two sides since the share was set. See "log --differences"; ` +
        'once they are dealt with, "switch-reads --share" begins the count anew.',
    );
  return reasons;
}

/** Begins to count anew for those whom a tenant's switch is for. */
export async function countAnew(tx: ReadTx, definition: BackfillDefinition, tenantId: string): Promise<void> {
  const who = await findFollowers(tx, definition, tenantId);
  await tx.backfillComparison.deleteMany({ where: { backfill: definition.name, tenantId: who } });
}

/** Nothing is compared any more, and what was does not count: the data is about to change. */
export async function forgetComparisons(
  deps: Pick<ControlDeps, "now">,
  tx: ReadTx,
  { name: backfill }: BackfillDefinition,
): Promise<void> {
  await tx.backfillSwitch.updateMany({
    where: { backfill },
    data: { dualShare: 0, sharedAt: null, updatedAt: deps.now() },
  });
  await tx.backfillComparison.deleteMany({ where: { backfill } });
}

/** Whom a tenant's switch is for. */
async function findFollowers(
  tx: ReadTx,
  { name }: BackfillDefinition,
  tenantId: string,
): Promise<string | { notIn: string[] }> {
  if (tenantId !== EVERYBODY) return tenantId;
  const own = await tx.backfillSwitch.findMany({ where: { backfill: name }, select: { tenantId: true } });
  return { notIn: own.map((row) => row.tenantId) };
}
