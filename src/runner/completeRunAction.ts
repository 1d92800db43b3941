import type { CommandOutbox } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import { moverOf } from "./moverOf.ts";
import { moveRun, type MoveOutcome } from "./moveRun.ts";
import type { MoveDeps } from "./runnerDeps.ts";
import { settleAction } from "./settleAction.ts";

/** A command that is COMPLETED or FAILED. */
export type SettledCommand = Pick<
  CommandOutbox,
  | "tenantId"
  | "id"
  | "status"
  | "runId"
  | "runNodeId"
  | "runDispatch"
  | "resultJson"
  | "errorJson"
  | "actorType"
  | "actorId"
  | "onBehalfOf"
  | "actorRole"
  | "traceparent"
>;

/**
 * Brings a settled command back to the run that sent it, in the transaction that settles it, and lets the run walk
 * on. What it sends then is sent in the name of the same actor.
 *
 * Node and dispatch fence it: a completion of an action that the run does not wait for (any more), or of a run that
 * is finished or was never there, changes nothing. "ignored" is also for commands that no run sent.
 */
export async function completeRunAction(
  deps: MoveDeps,
  tx: TenantTx,
  row: SettledCommand,
): Promise<MoveOutcome | { readonly kind: "ignored" }> {
  const { tenantId, id, runId, runNodeId: nodeId, runDispatch: dispatch, traceparent } = row;
  if (runId === null || nodeId === null || dispatch === null) return { kind: "ignored" };
  const success = row.status === "COMPLETED";
  const result = (success ? row.resultJson : row.errorJson) as Json;
  const cause = { requestId: id, mover: moverOf(row), traceparent: traceparent ?? undefined };
  return moveRun(deps, tx, { tenantId, runId, ...cause }, (document, state) =>
    settleAction(document, state, { nodeId, dispatch, success, result }),
  );
}
