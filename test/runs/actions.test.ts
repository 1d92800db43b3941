import { describe, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { advance } from "../../src/runs/advance.ts";
import { completeAction } from "../../src/runs/completeAction.ts";
import type { CompleteOutcome } from "../../src/runs/completeAction.ts";
import { finish } from "../../src/runs/finish.ts";
import { RUN_LIMITS } from "../../src/runs/runLimits.ts";
import type { RunState } from "../../src/runs/runState.ts";
import type { GraphNode, ScriptDocument } from "../../src/scripts/storedCommand.ts";
import { edge, node, variable } from "../scripts/document/documentOf.ts";
import { advanced, refusals, scriptOf, started } from "./support/given.ts";

/** a (an action with the given data) -> e */
function acts(data: GraphNode["data"]): ScriptDocument {
  return scriptOf({
    nodes: [node("a", "action", { data: { prompt: "", ...data } }), node("e", "end")],
    edges: [edge("a", "e")],
    variables: [
      variable("policy", { defaultVal: "MM1" }),
      variable("sum", { type: "number", defaultVal: 1200 }),
      variable("active", { type: "boolean", required: true, defaultVal: false }),
      variable("note"),
    ],
  });
}

const lookup = acts({
  config: {
    operation: "policies.lookup",
    input: {
      number: "{{policy}}",
      sum: "{{sum}}",
      text: "{{sum}} EUR",
      none: "{{note}}",
      list: ["{{policy}}"],
    },
    output: { active: "policy.active", note: "note" },
    timeoutMs: 4_000,
  },
});

const waiting = (document: ScriptDocument): RunState => advanced(document, started(document)).state;

function complete(document: ScriptDocument, result: Json, success = true): CompleteOutcome {
  return completeAction(document, waiting(document), { nodeId: "a", dispatch: 1, success, result });
}

describe("an action", () => {
  test("is handed out with its payload filled in, and waited for when its output is needed", () => {
    const { state, actions, steps, stoppedAt } = advanced(lookup, started(lookup));
    expect(stoppedAt).toBe("action");
    expect(actions).toEqual([
      {
        nodeId: "a",
        dispatch: 1,
        command: "policies.lookup",
        payload: { number: "MM1", sum: 1200, text: "1200 EUR", none: null, list: ["MM1"] },
        waitForCompletion: true,
        correlationId: "c_1",
        timeoutMs: 4_000,
      },
    ]);
    expect(state.waitingFor).toEqual({ kind: "action", nodeId: "a", correlationId: "c_1", dispatch: 1 });
    expect(steps).toMatchObject([{ event: "waits_for_action", dispatch: 1 }]);
    expect(refusals(advance(lookup, state))).toEqual(["waiting_for_action "]);
  });

  test.each<[string, GraphNode["data"], boolean]>([
    ["nothing, and gives nothing back", {}, false],
    ["nothing, and gives something back", { output: { note: "x" } }, true],
    [
      "not to wait, although it gives something back",
      { output: { note: "x" }, waitForCompletion: false },
      false,
    ],
    ["to wait", { waitForCompletion: true }, true],
    ["to wait in its config", { config: { waitForCompletion: true } }, true],
  ])("that says %s: is waited for is %j", (_, data, waits) => {
    const document = acts({ command: "Contacts.UpsertAndLink.v1", payload: { id: 1 }, ...data });
    const { stoppedAt, actions, state } = advanced(document, started(document));
    expect([stoppedAt, state.dispatches]).toEqual([waits ? "action" : "end", 1]);
    expect(actions).toMatchObject([
      { command: "Contacts.UpsertAndLink.v1", payload: { id: 1 }, waitForCompletion: waits, timeoutMs: null },
    ]);
  });

  test("that is not waited for shows in the step that leaves it, and in no other", () => {
    const document = scriptOf({
      nodes: [node("a", "action", { data: { command: "x" } }), node("m", "message"), node("e", "end")],
      edges: [edge("a", "m"), edge("m", "e")],
    });
    const { steps } = advanced(document, started(document));
    expect(steps.map(({ nodeId, event, dispatch }) => [nodeId, event, dispatch])).toEqual([
      ["a", "moved", 1],
      ["m", "moved", null],
      ["e", "ended", null],
    ]);
  });

  test("without a command fails the run", () => {
    const document = acts({ config: { operation: " " } });
    const { stoppedAt, state, actions } = advanced(document, started(document));
    expect([stoppedAt, state.status, state.failure?.code]).toEqual([
      "failed",
      "FAILED",
      "action_command_missing",
    ]);
    expect(actions).toEqual([]);
  });

  test("with too large a payload fails the run", () => {
    const payload = Array.from({ length: 10 }, () => "{{note}}");
    const document = acts({ command: "x", payload });
    const { state } = advanced(document, started(document, { note: "x".repeat(60_000) }));
    expect([state.status, state.failure?.code]).toEqual(["FAILED", "action_payload_too_large"]);
  });

  test("that is not waited for is sent once in an advance, although the way leads back", () => {
    const document = scriptOf({
      nodes: [node("a", "action", { data: { command: "x" } }), node("m", "message")],
      edges: [edge("a", "m"), edge("m", "a")],
    });
    const first = advanced(document, started(document));
    expect([first.stoppedAt, first.actions.length, first.state.currentNodeId]).toEqual(["circle", 1, "a"]);
    expect(advanced(document, first.state).actions).toMatchObject([{ dispatch: 2 }]);
  });
});

describe("a completion", () => {
  test("fills the variables of the output, is kept as the node's answer, and lets the run go on", () => {
    const before = waiting(lookup);
    const result = { policy: { active: true }, other: 1 };
    const outcome = complete(lookup, result);
    expect(outcome).toEqual({
      kind: "completed",
      state: {
        ...before,
        waitingFor: null,
        settled: true,
        variables: { ...before.variables, active: true },
        answers: { a: { value: { success: true, result } } },
      },
      changed: { active: true },
      log: [
        {
          kind: "action_completed",
          nodeId: "a",
          dispatch: 1,
          success: true,
          variables: { active: true },
          failure: null,
        },
      ],
    });
    if (outcome.kind === "refused") throw new Error("refused");
    const { stoppedAt, actions } = advanced(lookup, outcome.state);
    expect([stoppedAt, actions]).toEqual(["end", []]);
  });

  test("leaves a variable alone that the result does not mention, and empties one that is null in it", () => {
    expect(complete(lookup, null)).toMatchObject({ changed: {}, state: { variables: { active: false } } });
    const outcome = completeAction(
      lookup,
      { ...waiting(lookup), variables: { note: "old", active: true } },
      {
        nodeId: "a",
        dispatch: 1,
        success: true,
        result: { note: null },
      },
    );
    expect(outcome).toMatchObject({ changed: { note: null }, state: { variables: { active: true } } });
  });

  test("without success fails the run", () => {
    const outcome = complete(lookup, { code: "timeout", message: "Nobody answered." }, false);
    const failure = { code: "action_failed", nodeId: "a", message: 'Action "a" failed: Nobody answered.' };
    expect(outcome).toMatchObject({
      kind: "completed",
      state: {
        status: "FAILED",
        failure,
        waitingFor: null,
        answers: {
          a: { value: { success: false, result: { code: "timeout", message: "Nobody answered." } } },
        },
      },
      log: [{ success: false, failure }],
    });
  });

  test.each<[Json, string]>([
    [null, ""],
    ["no line", ": no line"],
    [{ code: "nope" }, ": nope"],
    [{ message: "x".repeat(300) }, `: ${"x".repeat(RUN_LIMITS.tracedLength - 1)}…`],
  ])("without success says why as far as %j does", (error, why) => {
    const message = `Action "a" failed${why}.`;
    expect(complete(lookup, error, false)).toMatchObject({ state: { failure: { message } } });
  });

  test.each<[string, Json]>([
    ["of the wrong type", { policy: { active: "yes" } }],
    ["that empties a required variable", { policy: { active: null } }],
    ["with text that cannot be stored", { note: "\u0000" }],
    ["that is too large", { other: "x".repeat(70_000) }],
  ])("with a result %s fails the run", (_, result) => {
    expect(complete(lookup, result)).toMatchObject({
      state: { status: "FAILED", failure: { code: "action_result_invalid" }, variables: { active: false } },
      changed: {},
    });
  });

  test("without success goes on where the node says so, and conditions see it", () => {
    const document = scriptOf({
      nodes: [
        node("a", "action", {
          data: { command: "x", config: { waitForCompletion: true, continueOnFailure: true } },
        }),
        node("sorry", "end"),
        node("e", "end"),
      ],
      edges: [
        edge("a", "sorry", { data: { condition: { "!": { var: "answers.a.success" } }, priority: 1 } }),
        edge("a", "e", { data: { priority: 2 } }),
      ],
    });
    for (const [success, end] of [
      [false, "sorry"],
      [true, "e"],
    ] as const) {
      const outcome = complete(document, null, success);
      if (outcome.kind === "refused") throw new Error("refused");
      expect(outcome.log).toMatchObject([{ success, failure: success ? null : { code: "action_failed" } }]);
      expect(outcome.state.failure).toBeNull();
      expect(advanced(document, outcome.state).state.currentNodeId).toBe(end);
    }
  });

  test("is refused when it is late, repeated, or of another visit or node", () => {
    const done = complete(lookup, null);
    if (done.kind === "refused") throw new Error("refused");
    const given = { nodeId: "a", dispatch: 1, success: true, result: null };
    const refused = (state: RunState, more: Partial<typeof given> = {}): string[] =>
      refusals(completeAction(lookup, state, { ...given, ...more }));
    expect(refused(done.state)).toEqual(["action_not_waited_for "]);
    expect(refused(started(lookup))).toEqual(["action_not_waited_for "]);
    expect(refused(waiting(lookup), { dispatch: 2 })).toEqual(["action_not_waited_for "]);
    expect(refused(waiting(lookup), { nodeId: "e" })).toEqual(["action_not_waited_for "]);
    const cancelled = finish(waiting(lookup), "CANCELLED");
    if (cancelled.kind === "refused") throw new Error("refused");
    expect(refused(cancelled.state)).toEqual(["run_finished "]);
  });
});
