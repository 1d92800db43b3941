import type { Json } from "../kernel/canonicalJson.ts";
import { walkCondition } from "../scripts/document/walkCondition.ts";
import { evaluateCondition } from "./evaluateCondition.ts";
import { lookUp } from "./lookUp.ts";
import type { RunData } from "./lookUp.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { Tried } from "./trace.ts";
import { traceValue } from "./traceValue.ts";

/** Conditions tried at one node, one after another. Changed in place. */
export interface Trial {
  readonly data: RunData;
  readonly tried: Tried[];
  /** Operations that its further conditions may take. */
  left: number;
}

/** A place that may have a condition. */
export interface Candidate extends Pick<Tried, "what" | "id"> {
  readonly condition: Json | undefined;
  /** Where the condition stands. */
  readonly path: string;
}

/**
 * Tries a condition and notes it. None, null and true always hold, false never does. undefined: it could not be
 * evaluated, so whether it holds is not known.
 */
export function tryCondition(trial: Trial, { what, id, condition, path }: Candidate): boolean | undefined {
  if (condition === undefined || condition === null) {
    note(trial, { what, id, path: null, values: {}, verdict: "holds" });
    return true;
  }
  const outcome = evaluateCondition(condition, trial.data, trial.left);
  trial.left -= outcome.operations;
  if (trial.tried.length < RUN_LIMITS.tracedTries) {
    const tried = { what, id, path, values: namedValues(condition, trial.data) };
    if (outcome.kind === "value") note(trial, { ...tried, verdict: outcome.holds ? "holds" : "fails" });
    else note(trial, { ...tried, verdict: "error", code: outcome.code, message: outcome.message });
  }
  return outcome.kind === "value" ? outcome.holds : undefined;
}

/** Notes what was tried, as far as the trace shows it. */
export function note({ tried }: Trial, entry: Tried): void {
  if (tried.length < RUN_LIMITS.tracedTries) tried.push(entry);
}

/** What the names in a condition stand for. Names inside a list's rule are members of the list, and not shown. */
function namedValues(condition: Json, data: RunData): Tried["values"] {
  const { names } = walkCondition(condition);
  const outside = new Set(names.filter(({ inLoop }) => !inLoop).map(({ name }) => name));
  return Object.fromEntries(
    [...outside]
      .slice(0, RUN_LIMITS.tracedNames)
      .map((name) => [name, traceValue(lookUp(data, name) ?? null)]),
  );
}
