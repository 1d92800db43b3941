import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import { newId } from "../kernel/newId.ts";
import { refuseRun } from "../runs/refuseRun.ts";
import type { Move } from "./move.ts";
import { moverOf } from "./moverOf.ts";
import { moveRun, type Decide } from "./moveRun.ts";
import type { Mover, RunKey, RunnerDeps } from "./runnerDeps.ts";
import { settleAction } from "./settleAction.ts";
import { walkOn } from "./walkOn.ts";

export interface DueRunsDeps extends RunnerDeps {
  /** As script_worker, who sees the runs of all tenants. */
  readonly prisma: Pick<PrismaClient, "scriptRun">;
  readonly log: Pick<Logger, "error">;
}

const PAGE = 100;

/**
 * Moves the runs on that are due (ScriptRun.actionDueAt), each once. An action whose node said timeoutMs and that has
 * not come back by then fails, and its run walks on; the command itself is not stopped, and when it comes back later
 * nobody waits for it. A run that had gone far enough for one time, while no caller was there, walks on.
 *
 * Returns how many were moved. One that has still more to walk is due again.
 *
 * Due is a time in the run's row, written with the move that leads there, and looked for at intervals: a delayed job
 * for each action would be one more row, and nearly all would find nothing to do. So an action may take longer than
 * timeoutMs by up to an interval, and never less.
 */
export async function moveDueRuns(deps: DueRunsDeps): Promise<number> {
  const dueBy = deps.now();
  let moved = 0;
  let after: Date | undefined;
  for (;;) {
    const due = await deps.prisma.scriptRun.findMany({
      where: { actionDueAt: { lte: dueBy, ...(after && { gt: after }) } },
      orderBy: { actionDueAt: "asc" },
      take: PAGE,
      select: { tenantId: true, id: true, actionDueAt: true },
    });
    for (const { tenantId, id } of due) if (await tryToMove(deps, { tenantId, runId: id })) moved++;
    // Runs that are due at the very same millisecond as the last of a full page are found the next time.
    after = due.at(-1)?.actionDueAt ?? undefined;
    if (due.length < PAGE) return moved;
  }
}

/** One run that cannot be moved must not hold up the others. */
async function tryToMove(deps: DueRunsDeps, key: RunKey): Promise<boolean> {
  try {
    const outcome = await deps.inTenant(key.tenantId, async (tx) => {
      const mover = await lastMover(tx, key);
      return moveRun(deps, tx, { ...key, requestId: newId(), mover }, decideDue(deps.now()));
    });
    return outcome.kind === "moved";
  } catch (error) {
    deps.log.error({ err: error, ...key }, "a run that is due could not be moved; tried again later");
    return false;
  }
}

function decideDue(now: Date): Decide {
  return (document, state, { actionDueAt }): Move | ReturnType<typeof refuseRun> => {
    if (actionDueAt === null || actionDueAt > now)
      return refuseRun("run_not_due", "", "Somebody moved it while we waited for the lock.");
    const { waitingFor } = state;
    if (waitingFor?.kind !== "action") return walkOn(document, state);
    const { nodeId, dispatch } = waitingFor;
    const result = { code: "action_timed_out", message: "It did not come back in time." };
    return settleAction(document, state, { nodeId, dispatch, success: false, result });
  };
}

/** In whose name the run sent its last command; a run is due only after one. */
async function lastMover(tx: Pick<TenantTx, "commandOutbox">, key: RunKey): Promise<Mover> {
  const row = await tx.commandOutbox.findFirst({
    where: { tenantId: key.tenantId, runId: key.runId },
    orderBy: { runDispatch: "desc" },
    select: { actorType: true, actorId: true, onBehalfOf: true, actorRole: true },
  });
  return row ? moverOf(row) : { actor: { type: "SYSTEM", id: "runner" }, role: "viewer" };
}
