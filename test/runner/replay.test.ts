import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { findUnsafeJson } from "../../src/kernel/findUnsafeJson.ts";
import { newId } from "../../src/kernel/newId.ts";
import { advance } from "../../src/runs/advance.ts";
import { answer } from "../../src/runs/answer.ts";
import { completeAction } from "../../src/runs/completeAction.ts";
import { optionsOf } from "../../src/runs/findOption.ts";
import { finish } from "../../src/runs/finish.ts";
import type { RunState } from "../../src/runs/runState.ts";
import { setVariables } from "../../src/runs/setVariables.ts";
import { startRun } from "../../src/runs/startRun.ts";
import type { LogEntry, TraceStep } from "../../src/runs/trace.ts";
import { toTypedValue } from "../../src/runs/typedValue.ts";
import { toDocument } from "../../src/scripts/document/document.ts";
import type { ScriptDocument } from "../../src/scripts/storedCommand.ts";
import { arbitraryJson } from "../runs/support/arbitraryJson.ts";
import { arbitraryDocument } from "../scripts/document/arbitraryDocument.ts";
import { callGraph, callVariables } from "./support/callGraph.ts";
import { openRunner, type StoredRun, type TestRunner } from "./support/openRunner.ts";

let runner: TestRunner;
beforeAll(async () => {
  runner = await openRunner();
});
afterAll(async () => {
  await runner.close();
});

type Move =
  | { readonly kind: "advance" }
  | { readonly kind: "answer"; readonly pick: number; readonly value: Json }
  | { readonly kind: "complete"; readonly success: boolean; readonly value: Json }
  | { readonly kind: "set"; readonly key: string; readonly value: Json }
  | { readonly kind: "finish" };

// Short ones: the log keeps long values as text.
const anyJson = arbitraryJson(2).filter(
  (value) => findUnsafeJson(value, 5) === undefined && JSON.stringify(value).length < 100,
);
// The call graph asks for an amount.
const json = fc.oneof(anyJson, fc.constantFrom<Json>(40, 5_000));
const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Move>({ kind: "advance" }) },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant("answer" as const), pick: fc.nat(3), value: json }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("complete" as const), success: fc.boolean(), value: json }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("set" as const),
        key: fc.constantFrom("age", "name", "plan", "constructor", "a1"),
        value: json,
      }),
    },
    { weight: 1, arbitrary: fc.constant<Move>({ kind: "finish" }) },
  ),
  { minLength: 4, maxLength: 14 },
);

// Actions of generated documents have no command: they get one, and every other one is waited for.
const anyDocument: fc.Arbitrary<ScriptDocument> = arbitraryDocument
  .map((keyed) => {
    const { graphJson, variablesDef } = toDocument(keyed);
    const entryNodeId = graphJson.entryNodeId ?? graphJson.nodes[0]?.id ?? null;
    const nodes = graphJson.nodes.map((node, index) =>
      node.type === "action"
        ? { ...node, data: { ...node.data, command: "x", waitForCompletion: index % 2 === 0 } }
        : node,
    );
    return { graphJson: { ...graphJson, entryNodeId, nodes }, variablesDef };
  })
  .filter(({ graphJson }) => graphJson.nodes.length > 0);

const call = { graphJson: callGraph, variablesDef: callVariables } as unknown as ScriptDocument;
// Most generated ones soon come to a dead end.
const documents = fc.oneof(anyDocument, fc.constant(call));

const go: Move = { kind: "advance" };
const say = (pick: number, value: Json): Move => ({ kind: "answer", pick, value });
// Through the lookup, through a lookup that fails, and past it: else the property could hold of runs that go nowhere.
const wholeCalls: [ScriptDocument, readonly Move[]][] = [
  [call, [go, say(0, null), go, say(0, 5_000), go, { kind: "complete", success: true, value: "P-1" }, go]],
  [call, [go, say(1, null), go, say(0, 5_000), go, { kind: "complete", success: false, value: null }, go]],
  [call, [go, say(0, null), go, say(0, 40), go]],
];

/** Makes a move at the real run, and says what became of it. */
async function play(runId: string, document: ScriptDocument, move: Move): Promise<string> {
  const { run, sent } = await runner.read(runId);
  const nodeId = run.state.currentNodeId;
  switch (move.kind) {
    case "advance":
      return (await runner.advance(runId)).kind;
    case "answer": {
      const node = document.graphJson.nodes.find(({ id }) => id === nodeId)!;
      const option = optionsOf(node)[move.pick];
      return (await runner.answer(runId, nodeId, option ? option.names[0]! : move.value)).kind;
    }
    case "complete": {
      const row = sent.at(-1);
      const outcome = { success: move.success, result: move.value };
      // As the worker does it: each command is settled once.
      return row ? (await runner.complete({ ...row, id: newId() }, outcome)).kind : "refused";
    }
    case "set":
      return (await runner.set(runId, move.key, move.value)).kind;
    case "finish":
      return (await runner.finish(runId)).kind;
  }
}

/** The state that the pure core comes to by what the log says, and nothing else but the actions' results. */
function replay(
  document: ScriptDocument,
  stored: StoredRun,
  results: readonly { readonly success: boolean; readonly value: Json }[],
): RunState {
  const [first, ...entries] = stored.log.map(({ entry }) => entry as unknown as LogEntry);
  if (first?.kind !== "started") throw new Error("A run's log begins with its start.");
  const started = startRun(document, { variables: first.variables, correlationId: "c1" });
  if (started.kind === "refused") throw new Error(JSON.stringify(started.problems));
  let { state } = started;
  let next = 0;
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]!;
    const outcome = entry.kind === "step" ? advance(document, state) : replayEntry(entry);
    if (outcome.kind === "refused") throw new Error(JSON.stringify([entry, outcome.problems]));
    const log: readonly LogEntry[] = "steps" in outcome ? outcome.steps : outcome.log;
    expect(entries.slice(at, at + log.length)).toEqual(log);
    at += log.length - 1;
    ({ state } = outcome);
  }
  return state;

  function replayEntry(entry: Exclude<LogEntry, TraceStep>) {
    switch (entry.kind) {
      case "variables_set":
        return setVariables(
          document,
          state,
          Object.entries(entry.variables).map(([key, value]) => ({ key, ...toTypedValue(value) })),
        );
      case "answered":
        return answer(document, state, { nodeId: entry.nodeId, value: entry.option ?? entry.value });
      case "action_completed": {
        const { success, value } = results[next++]!;
        const { nodeId, dispatch } = entry;
        return completeAction(document, state, { nodeId, dispatch, success, result: value });
      }
      case "finished":
        return finish(state, entry.status);
      case "started":
        throw new Error("A run starts once.");
    }
  }
}

test("what is stored of a run is what a replay of its log comes to, and the same moves take the same path", async () => {
  let version = 1;
  let completed = 0;
  const endings = new Set<string>();
  await fc.assert(
    fc.asyncProperty(documents, moves, async (document, list) => {
      await runner.seal(++version, document.graphJson, document.variablesDef);
      const runs: StoredRun[] = [];
      for (let time = 0; time < 2; time++) {
        const runId = newId();
        const started = await runner.start({ runId, version });
        if (started.kind !== "started") return;
        const results: { success: boolean; value: Json }[] = [];
        for (const move of list) {
          const outcome = await play(runId, document, move);
          if (outcome === "moved" && move.kind === "complete") results.push(move);
        }
        const stored = await runner.read(runId);
        runs.push(stored);
        completed += results.length;
        endings.add(stored.run.status);
        const { state } = stored.run;
        expect(replay(document, stored, results)).toEqual(state);
        expect(stored.run).toMatchObject({
          status: state.status,
          currentNodeId: state.currentNodeId,
          logLength: stored.log.length,
        });
        expect(stored.variables).toEqual(state.variables);
        expect([stored.sent.length, stored.jobs]).toEqual([state.dispatches, state.dispatches]);
        expect(stored.events.filter(({ type }) => type === "Runs.Finished.v1")).toHaveLength(
          state.status === "RUNNING" ? 0 : 1,
        );
      }
      const [once, again] = runs;
      expect(again!.log.map(({ entry }) => entry)).toEqual(once!.log.map(({ entry }) => entry));
      expect(again!.run.state).toEqual(once!.run.state);
    }),
    { numRuns: 40, examples: wholeCalls },
  );
  expect(completed).toBeGreaterThanOrEqual(4);
  expect([...endings]).toEqual(expect.arrayContaining(["SUCCEEDED", "FAILED"]));
}, 240_000);
