import { answer, type AnswerInput } from "../runs/answer.ts";
import { NO_MOVE } from "./move.ts";
import { moveRun, type MoveInput, type MoveOutcome } from "./moveRun.ts";
import type { RunnerDeps } from "./runnerDeps.ts";

/** Answers the question that a run waits at. Of two answers at once the second is told where the run is by then. */
export function answerRun(
  deps: RunnerDeps,
  input: MoveInput & { readonly answer: AnswerInput },
): Promise<MoveOutcome> {
  return deps.inTenant(input.tenantId, (tx) =>
    moveRun(deps, tx, input, (document, state) => {
      const outcome = answer(document, state, input.answer);
      return outcome.kind === "refused" ? outcome : { ...NO_MOVE, ...outcome };
    }),
  );
}
