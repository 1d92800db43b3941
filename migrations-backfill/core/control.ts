import { decide, type ControlDeps, type Order } from "./decide.ts";
import type { BackfillDefinition } from "./definition.ts";
import { sendJob } from "./jobs.ts";

/** No batch begins any more; the one at hand ends as it would. */
export function pause(deps: ControlDeps, definition: BackfillDefinition): Promise<Order> {
  return decide(deps, definition, { verb: "pause" }, async () => ({ status: "PAUSED" }));
}

/** Goes on with a move that was paused, or whose driver is dead. */
export function resume(
  deps: ControlDeps,
  definition: BackfillDefinition,
  { isQueued = false }: { readonly isQueued?: boolean } = {},
): Promise<Order> {
  return decide(deps, definition, { verb: "resume", details: { isQueued } }, async (tx) => {
    if (isQueued) await sendJob(deps.boss, tx, { backfill: definition.name });
    return { status: "RUNNING" };
  });
}

/** Ends a move that is under way, so that it may be reversed or started anew. What is moved stays. */
export function cancel(deps: ControlDeps, definition: BackfillDefinition): Promise<Order> {
  return decide(deps, definition, { verb: "cancel" }, async () => ({ status: "CANCELED" }));
}
