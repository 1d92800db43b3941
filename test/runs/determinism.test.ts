import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { findUnsafeJson } from "../../src/kernel/findUnsafeJson.ts";
import { advance } from "../../src/runs/advance.ts";
import { answer } from "../../src/runs/answer.ts";
import { completeAction } from "../../src/runs/completeAction.ts";
import { optionsOf } from "../../src/runs/findOption.ts";
import { finish } from "../../src/runs/finish.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import type { RunState } from "../../src/runs/runState.ts";
import { setVariables } from "../../src/runs/setVariables.ts";
import { simulate } from "../../src/runs/simulate.ts";
import { startRun } from "../../src/runs/startRun.ts";
import { toTypedValue } from "../../src/runs/typedValue.ts";
import { toDocument } from "../../src/scripts/document/document.ts";
import type { ScriptDocument } from "../../src/scripts/storedCommand.ts";
import { arbitraryDocument } from "../scripts/document/arbitraryDocument.ts";
import { deepFreeze } from "../scripts/support/deepFreeze.ts";
import { arbitraryJson } from "./support/arbitraryJson.ts";

type Move =
  | { readonly kind: "advance" }
  | { readonly kind: "answer"; readonly pick: number; readonly value: Json }
  | { readonly kind: "complete"; readonly success: boolean; readonly value: Json }
  | { readonly kind: "set"; readonly key: string; readonly value: Json }
  | { readonly kind: "finish" };

const json = arbitraryJson(2).filter((value) => findUnsafeJson(value, 5) === undefined);
const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Move>({ kind: "advance" }) },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("answer" as const), pick: fc.nat(3), value: json }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("complete" as const), success: fc.boolean(), value: json }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("set" as const),
        key: fc.constantFrom("age", "name", "plan", "constructor", "_x", "a1"),
        value: json,
      }),
    },
    { weight: 1, arbitrary: fc.constant<Move>({ kind: "finish" }) },
  ),
  { maxLength: 25 },
);

// Actions of generated documents have no command: half of them get one, or every walk through one would fail.
const documents: fc.Arbitrary<ScriptDocument> = fc
  .tuple(arbitraryDocument, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }))
  .map(([document, commands]) => {
    const { graphJson, variablesDef } = toDocument(document);
    const entryNodeId = graphJson.entryNodeId ?? graphJson.nodes[0]?.id ?? null;
    const nodes = graphJson.nodes.map((node, index) =>
      node.type === "action" && commands[index % 8] === true
        ? { ...node, data: { ...node.data, command: "x", waitForCompletion: index % 2 === 0 } }
        : node,
    );
    return deepFreeze({ graphJson: { ...graphJson, entryNodeId, nodes }, variablesDef });
  });

function play(document: ScriptDocument, state: RunState, move: Move) {
  const nodeId = state.currentNodeId;
  switch (move.kind) {
    case "advance":
      return advance(document, state);
    case "answer": {
      const node = document.graphJson.nodes.find(({ id }) => id === nodeId)!;
      const option = optionsOf(node)[move.pick];
      return answer(document, state, { nodeId, value: option ? option.names[0]! : move.value });
    }
    case "complete": {
      const { success, value } = move;
      return completeAction(document, state, { nodeId, dispatch: state.dispatches, success, result: value });
    }
    case "set":
      return setVariables(document, state, [{ key: move.key, ...toTypedValue(move.value) }]);
    case "finish":
      return finish(state, "CANCELLED");
  }
}

const roundTrip = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** As jsonb gives it back: equal, but with its keys in another order. */
function shuffled<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled) as T;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([key, member]) => [key, shuffled(member as unknown)])) as T;
}

function expectSound(state: RunState): void {
  expect(state.waitingFor === null || (state.status === "RUNNING" && !state.settled)).toBe(true);
  if (state.waitingFor) expect(state.waitingFor.nodeId).toBe(state.currentNodeId);
  if (state.failure) expect(state.status).toBe("FAILED");
  expect(Object.values(state.variables)).not.toContain(null);
  expect(findUnsafeJson(state, 40)).toBe(undefined);
}

describe("a run of any document", () => {
  test("takes the same path with the same answers, also when it is stored and read back after each move", () => {
    let advances = 0;
    let ended = 0;
    fc.assert(
      fc.property(documents, moves, (document, list) => {
        const start = startRun(document, { variables: {}, correlationId: "c_1" });
        if (start.kind === "refused") return;
        let [once, again] = [deepFreeze(start.state), roundTrip(start.state)];
        for (const move of list) {
          const outcome = deepFreeze(play(document, once, move));
          expect(play(shuffled(document), shuffled(again), move)).toEqual(outcome);
          if (outcome.kind === "refused") continue;
          expect(roundTrip(outcome)).toEqual(outcome);
          expectSound(outcome.state);
          if (once.status !== "RUNNING") throw new Error("A finished run took another move.");
          if (outcome.kind === "advanced") advances++;
          if (outcome.state.status !== "RUNNING") ended++;
          [once, again] = [outcome.state, roundTrip(outcome.state)];
        }
      }),
      { numRuns: 400 },
    );
    // Else the property would hold of runs that go nowhere.
    expect(advances).toBeGreaterThan(100);
    expect(ended).toBeGreaterThan(50);
  });

  test("is numbered without gaps, and each step begins where the one before led", () => {
    fc.assert(
      fc.property(documents, moves, (document, list) => {
        const start = startRun(document, { variables: {}, correlationId: "c_1" });
        if (start.kind === "refused") return;
        let { state } = start;
        for (const move of list) {
          const outcome = play(document, state, move);
          if (outcome.kind === "refused") continue;
          if (outcome.kind === "advanced") {
            let at = state.currentNodeId;
            for (const [index, step] of outcome.steps.entries()) {
              expect([step.number, step.nodeId]).toEqual([state.steps + index + 1, at]);
              at = step.nextNodeId ?? at;
            }
            expect(outcome.state).toMatchObject({
              currentNodeId: at,
              steps: state.steps + outcome.steps.length,
            });
            expect(outcome.steps.length).toBeLessThanOrEqual(RUN_LIMITS.advanceSteps);
          }
          ({ state } = outcome);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("is simulated to the same end every time", () => {
    const answers = fc.array(fc.tuple(fc.nat(3), json), { maxLength: 6 });
    fc.assert(
      fc.property(documents, answers, (document, given) => {
        // Answers to whatever is asked, found by simulating with one more at a time.
        const taken: { nodeId: string; value: Json }[] = [];
        for (const [pick, value] of given) {
          const outcome = simulate(document, { variables: {}, answers: taken });
          if (outcome.kind === "refused" || outcome.state.waitingFor?.kind !== "answer") break;
          const { nodeId } = outcome.state.waitingFor;
          const node = document.graphJson.nodes.find(({ id }) => id === nodeId)!;
          taken.push({ nodeId, value: optionsOf(node)[pick]?.names[0] ?? value });
        }
        const outcome = deepFreeze(simulate(document, { variables: {}, answers: taken }));
        expect(simulate(shuffled(document), { variables: {}, answers: roundTrip(taken) })).toEqual(outcome);
        if (outcome.kind !== "simulated") return;
        expect(outcome.path.at(-1)).toBe(outcome.state.currentNodeId);
        expectSound(outcome.state);
      }),
      { numRuns: 300 },
    );
  });
});
