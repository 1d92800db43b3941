import { createGuidance, type Guidance, type GuidanceDeps } from "../compat/createGuidance.ts";
import { IGNORED_DIFFERENCES } from "../compat/ignoredDifferences.ts";
import type { LegacyDispatch } from "../compat/legacyRuns.ts";
import { newId } from "../kernel/newId.ts";
import { enqueueCommand, type EnqueueDeps } from "../outbox/enqueueCommand.ts";

/** What tests may have otherwise than the service. */
export type GuidanceOptions = Partial<Pick<GuidanceDeps, "random" | "differences" | "ignored">>;

/** The legacy routes' two sides. Commands of runs that are still in the legacy tables go into the outbox too. */
export function openGuidance(
  deps: Omit<GuidanceDeps, "random" | "differences" | "ignored" | "dispatch"> & EnqueueDeps,
  options: GuidanceOptions = {},
): Guidance {
  return createGuidance({
    random: Math.random,
    differences: "store",
    ignored: IGNORED_DIFFERENCES,
    ...deps,
    ...options,
    dispatch: async (tx, command) => void (await enqueueCommand(deps, tx, toEnvelope(command))),
  });
}

function toEnvelope(dispatched: LegacyDispatch): Parameters<typeof enqueueCommand>[2] {
  const { tenantId, effectId, mover, correlationId, traceparent, command, payload, context, now } =
    dispatched;
  const { actor, role } = mover;
  return {
    tenantId,
    id: newId(),
    command,
    // Of its own: a run in the legacy tables has none, and a request's may name another command already.
    correlationId: effectId,
    causationId: correlationId,
    traceparent,
    saidActor: { userId: actor.id },
    context,
    payload,
    actor,
    role,
    now,
  };
}
