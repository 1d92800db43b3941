/** What an evaluation may still spend. Changed in place while it goes on. */
export interface Meter {
  operations: number;
  /** Characters and members of lists that it may still make. */
  output: number;
}

/** Thrown to leave an evaluation from any depth. evaluateCondition catches it: nobody else sees it. */
export class EvaluationStop extends Error {
  readonly code: "condition_too_expensive" | "condition_too_large" | "condition_invalid";

  constructor(code: EvaluationStop["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Takes operations off a meter; stops the evaluation when there are none left. */
export function charge(meter: Meter, operations: number): void {
  meter.operations -= operations;
  if (meter.operations >= 0) return;
  throw new EvaluationStop(
    "condition_too_expensive",
    "This condition takes too many operations on these values. Make it simpler, or its lists shorter.",
  );
}

/** Takes what was made off a meter, and an operation for each 8; stops the evaluation when it made too much. */
export function chargeOutput(meter: Meter, units: number): void {
  meter.output -= units;
  if (meter.output >= 0) {
    charge(meter, units >> 3);
    return;
  }
  throw new EvaluationStop(
    "condition_too_large",
    "This condition makes a text or list that is too large. Compare the parts instead of joining them.",
  );
}
