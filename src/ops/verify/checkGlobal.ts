import { formatDuration } from "../frame/duration.ts";
import { checkAcknowledged } from "./checkAcknowledged.ts";
import { checkFeedContiguous, checkFeedOrder } from "./checkFeed.ts";
import type { GlobalCheck } from "./checks.ts";
import type { GlobalContext } from "./globalContext.ts";
import { selectKeysWithoutEffect, selectOldKeys, selectSharedEffects } from "./idempotency.sql.ts";
import { selectStuckCommands } from "./outbox.sql.ts";
import { selectUnpinnedRuns } from "./runs.sql.ts";
import { selectStrayRows } from "./tenants.sql.ts";

/** How each check of the whole database is done. */
export const GLOBAL_CHECKERS: { readonly [check in GlobalCheck]: (context: GlobalContext) => Promise<void> } =
  {
    "feed-contiguous": checkFeedContiguous,
    "feed-order": checkFeedOrder,
    "outbox-not-stuck": checkOutbox,
    "idempotency-outcomes": checkIdempotency,
    "runs-pinned-to-sealed": checkRuns,
    "tenant-ownership": checkTenants,
  };

async function checkOutbox({ prisma, findings, now, stuckAfterMs, ...rest }: GlobalContext): Promise<void> {
  const before = new Date(now.getTime() - stuckAfterMs);
  findings.looked("outbox-not-stuck", await prisma.commandOutbox.count({ where: ofTenant(rest) }));
  for (const row of await selectStuckCommands(prisma, { ...rest, before })) {
    const age = formatDuration(now.getTime() - row.since.getTime());
    findings.add({
      check: "outbox-not-stuck",
      tenantId: row.tenantId,
      message:
        row.status === "PENDING"
          ? `Command ${row.id} (${row.command}) is due since ${age} and nobody has taken it.`
          : `Command ${row.id} (${row.command}) is at work since ${age}, in attempt ${row.attempts} of ${row.maxAttempts}.`,
    });
  }
}

/** Clearing away runs every few minutes; a day late it does not run. */
const CLEARED_WITHIN_MS = 24 * 3_600_000;

async function checkIdempotency(context: GlobalContext): Promise<void> {
  await checkAcknowledged(context);
  const { prisma, findings, now, ...rest } = context;
  const check = "idempotency-outcomes";
  const { old, all } = await selectOldKeys(prisma, {
    ...rest,
    before: new Date(now.getTime() - CLEARED_WITHIN_MS),
  });
  findings.looked(check, all);
  if (old > 0)
    findings.add({
      check,
      message: `${old} kept answer(s) expired more than a day ago and are still there: nobody clears them away.`,
    });
  for (const { tenantId, route, key, effectId } of await selectKeysWithoutEffect(prisma, rest))
    findings.add({
      check,
      tenantId,
      message: `${route} with key ${key} was answered with success, but what it made, ${effectId}, is not there.`,
    });
  for (const { tenantId, effectId, keys } of await selectSharedEffects(prisma, rest))
    findings.add({ check, tenantId, message: `${keys} keys stand for one effect, ${effectId}.` });
}

async function checkRuns({ prisma, findings, ...rest }: GlobalContext): Promise<void> {
  findings.looked("runs-pinned-to-sealed", await prisma.scriptRun.count({ where: ofTenant(rest) }));
  for (const run of await selectUnpinnedRuns(prisma, rest))
    findings.add({
      check: "runs-pinned-to-sealed",
      tenantId: run.tenantId,
      scriptId: run.scriptId,
      message: `Run ${run.id} is pinned to version ${run.version}, which ${run.isOpen ? "is open" : "does not exist"}.`,
    });
}

async function checkTenants({ prisma, findings, ...rest }: GlobalContext): Promise<void> {
  const rows = await selectStrayRows(prisma, rest);
  findings.looked("tenant-ownership");
  for (const row of rows)
    findings.add({
      check: "tenant-ownership",
      tenantId: row.tenantId,
      message:
        `${row.table} ${row.id} of tenant ${row.tenantId} belongs to ${row.owner}, ` +
        (row.elsewhere === null ? "which does not exist." : `which is tenant ${row.elsewhere}'s.`),
    });
}

function ofTenant({ tenantId }: Pick<GlobalContext, "tenantId">): { tenantId?: string } {
  return tenantId === null ? {} : { tenantId };
}
