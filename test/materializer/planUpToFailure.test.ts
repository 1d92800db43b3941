import { describe, expect, it } from "vitest";
import type { MaterializationBase } from "../../src/materializer/materialization.ts";
import { planMaterialization } from "../../src/materializer/planMaterialization.ts";
import { planUpToFailure } from "../../src/materializer/planUpToFailure.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { ReplayError } from "../../src/scripts/replayError.ts";
import { buildTail, commit, CREATE, node } from "./support/buildTail.ts";

const START: MaterializationBase = { state: EMPTY_STATE, sequence: 0, openVersion: null };
const newId = (nowMs: number) => `id@${nowMs}`;

const TAIL = buildTail([
  { commands: [CREATE, node("a")] },
  { commands: [commit()] },
  { commands: [node("b"), node("c"), node("d")] },
  { commands: [node("e")] },
]);

/** The tail in which the command with this sequence is of a type that nobody knows. */
function brokenAt(sequence: number) {
  return TAIL.map((command) =>
    command.sequence === sequence ? { ...command, type: "Scripts.Teleport" } : command,
  );
}

function failure(plan: () => unknown): unknown {
  try {
    return plan();
  } catch (error) {
    return error;
  }
}

describe("the plan up to a failure", () => {
  it("is the plan of the whole tail when all of it can be applied", () => {
    expect(planUpToFailure(START, TAIL, newId)).toEqual(planMaterialization(START, TAIL, newId));
  });

  it("ends before the whole batch with the command that cannot be applied", () => {
    const before = planMaterialization(START, TAIL.slice(0, 3), newId);
    expect(planUpToFailure(START, brokenAt(4), newId)).toEqual(before);
    expect(planUpToFailure(START, brokenAt(5), newId)).toEqual(before);
  });

  it("is none when that batch is the first", () => {
    for (const sequence of [1, 2])
      expect(failure(() => planUpToFailure(START, brokenAt(sequence), newId))).toMatchObject({
        name: "ReplayError",
        sequence,
        code: "unknown_command_type",
      });
  });

  it("is none when the failure is at no command of the tail", () => {
    const elsewhere = new ReplayError(99, "evolve_failed", "Another log.");
    const plan = () =>
      planUpToFailure(START, TAIL, () => {
        throw elsewhere;
      });
    expect(failure(plan)).toBe(elsewhere);
  });

  it("is none when the state makes no snapshot, and the error says why", () => {
    const base = { ...START, state: { ...EMPTY_STATE, nodes: { a: null as never } } };
    const error = failure(() => planUpToFailure(base, TAIL.slice(0, 1), newId));
    expect(error).toBeInstanceOf(ReplayError);
    const { cause } = error as ReplayError;
    expect(cause).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      sequence: 1,
      code: "snapshot_failed",
      message: `Command 1: The state behind it makes no snapshot: ${(cause as Error).message}`,
    });
  });
});
