import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import { newId } from "../kernel/newId.ts";
import { refuseRun } from "../runs/refuseRun.ts";
import { moverOf } from "./moverOf.ts";
import { moveRun, type MoveOutcome } from "./moveRun.ts";
import type { Mover, RunKey, RunnerDeps } from "./runnerDeps.ts";
import { settleAction } from "./settleAction.ts";

export interface OverdueDeps extends RunnerDeps {
  /** As script_worker, who sees the runs of all tenants. */
  readonly prisma: Pick<PrismaClient, "scriptRun">;
  readonly log: Pick<Logger, "error">;
}

const PAGE = 100;

/**
 * Lets actions fail whose node said timeoutMs and that have not come back by then, and lets their runs walk on. The
 * command itself is not stopped; when it comes back later nobody waits for it. Returns how many timed out.
 *
 * timeoutMs is kept as a time in the run's row, written with the command, and looked for at intervals: a delayed job
 * would be one more row for each action, and nearly all would find nothing to do. So an action may take longer than
 * timeoutMs by up to an interval, and never less.
 */
export async function failOverdueActions(deps: OverdueDeps): Promise<number> {
  let failed = 0;
  let after: Date | undefined;
  for (;;) {
    const overdue = await deps.prisma.scriptRun.findMany({
      where: { actionDueAt: { lte: deps.now(), ...(after && { gt: after }) } },
      orderBy: { actionDueAt: "asc" },
      take: PAGE,
      select: { tenantId: true, id: true, actionDueAt: true },
    });
    for (const { tenantId, id } of overdue) if (await tryToFail(deps, { tenantId, runId: id })) failed++;
    // Runs that are due at the very same millisecond as the last of a full page are found the next time.
    after = overdue.at(-1)?.actionDueAt ?? undefined;
    if (overdue.length < PAGE) return failed;
  }
}

/** One run that cannot be moved must not hold up the others. */
async function tryToFail(deps: OverdueDeps, key: RunKey): Promise<boolean> {
  try {
    const outcome = await deps.inTenant(key.tenantId, (tx) => failOverdueAction(deps, tx, key));
    return outcome.kind === "moved";
  } catch (error) {
    deps.log.error({ err: error, ...key }, "an overdue action could not be failed; tried again later");
    return false;
  }
}

async function failOverdueAction(deps: RunnerDeps, tx: TenantTx, key: RunKey): Promise<MoveOutcome> {
  const mover = await lastMover(tx, key);
  return moveRun(deps, tx, { ...key, requestId: newId(), mover }, (document, state, run) => {
    const { waitingFor } = state;
    const isOverdue = run.actionDueAt !== null && run.actionDueAt <= deps.now();
    if (waitingFor?.kind !== "action" || !isOverdue)
      return refuseRun("action_not_overdue", "", "It came back while we waited for the lock.");
    const { nodeId, dispatch } = waitingFor;
    const message = `Action "${nodeId}" did not come back in time.`;
    const result = { code: "action_timed_out", message };
    return settleAction(document, state, { nodeId, dispatch, success: false, result });
  });
}

/** In whose name the run sent its last command, which is the one that it waits for. */
async function lastMover(tx: Pick<TenantTx, "commandOutbox">, key: RunKey): Promise<Mover> {
  const row = await tx.commandOutbox.findFirst({
    where: { tenantId: key.tenantId, runId: key.runId },
    orderBy: { runDispatch: "desc" },
    select: { actorType: true, actorId: true, onBehalfOf: true, actorRole: true },
  });
  return row ? moverOf(row) : { actor: { type: "SYSTEM", id: "runner" }, role: "viewer" };
}
