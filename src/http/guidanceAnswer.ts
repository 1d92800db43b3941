import type { Outcome, WriteCause } from "../compat/outcome.ts";
import { moverOf } from "./moveRun.ts";
import { problem, type Problem, type ProblemCode } from "./problems.ts";
import { refusedMove, refusedStart } from "./refusedRun.ts";
import { refusedSubmission } from "./refusedSubmission.ts";
import type { EffectRequest } from "./route.ts";

/** Seconds after which a client may try a write again that met the freeze. */
const FROZEN_RETRY_AFTER = "30";

/** Problems of every legacy operation. */
export const GUIDANCE_PROBLEMS: readonly ProblemCode[] = ["invalid_path", "guidance_not_here"];

/** Problems of every legacy operation that writes. */
export const GUIDANCE_WRITE_PROBLEMS: readonly ProblemCode[] = [...GUIDANCE_PROBLEMS, "guidance_frozen"];

/** Says in the API's words why a legacy route has no answer. `name` is what the path names. */
export function refusedGuidance(
  outcome: Exclude<Outcome<never>, { kind: "answered" }>,
  name: string,
): Problem {
  switch (outcome.kind) {
    case "not_here":
      return problem(
        "guidance_not_here",
        'This installation has no legacy guidance tables, or may not read them yet ("npm run ops -- backfill expand" lets it). Use the routes under /scripts and /runs.',
      );
    case "frozen":
      return problem(
        "guidance_frozen",
        "The legacy guidance data is being moved and takes no writes at the moment. Reads go on. Try again later.",
        { headers: { "retry-after": FROZEN_RETRY_AFTER } },
      );
    case "script_not_found":
      return problem("script_not_found", `This tenant has no script "${name}" with an active version.`);
    case "version_not_found":
      return problem("version_not_found", `"${name}" has no version ${outcome.version ?? "at all"}.`);
    case "run_not_found":
    case "refused":
      return refusedMove(outcome, name);
    case "not_started":
      return refusedStart(outcome.outcome, outcome.scriptId);
    case "not_submitted":
      return refusedSubmission(outcome.outcome, outcome.scriptId, false);
  }
}

/** Who asks for a write, and in which request. */
export function causeOf(request: EffectRequest): WriteCause {
  const { tenantId, effectId, correlationId, traceparent } = request;
  return { tenantId, effectId, mover: moverOf(request), correlationId, traceparent };
}
