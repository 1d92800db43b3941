import type { MoveInput, MoveOutcome } from "../runner/moveRun.ts";
import type { Mover } from "../runner/runnerDeps.ts";
import type { Problem } from "./problems.ts";
import { refusedMove } from "./refusedRun.ts";
import { answer, type EffectRequest } from "./route.ts";
import { runBody } from "./runBodies.ts";

type RunRequest = EffectRequest<{ readonly runId: string }>;

/** Hands a request to its use case, and answers with the run as it is then. */
export async function moveRun<More extends object>(
  move: (input: MoveInput & More) => Promise<MoveOutcome>,
  request: RunRequest,
  more: More,
): Promise<ReturnType<typeof moved> | Problem> {
  const { tenantId, effectId: requestId, traceparent } = request;
  const { runId } = request.params;
  const input = { tenantId, runId, requestId, mover: moverOf(request), traceparent };
  const outcome = await move({ ...input, ...more });
  return outcome.kind === "moved" ? moved(outcome) : refusedMove(outcome, runId);
}

/** In whose name a request moves a run. */
export function moverOf(request: EffectRequest): Mover {
  return { actor: request.actor, role: request.principal.role };
}

function moved({ view, log, prompts }: Extract<MoveOutcome, { kind: "moved" }>) {
  return answer(200, { ...runBody(view), log, prompts });
}
