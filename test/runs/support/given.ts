import type { Json } from "../../../src/kernel/canonicalJson.ts";
import { advance } from "../../../src/runs/advance.ts";
import type { AdvanceOutcome } from "../../../src/runs/advance.ts";
import { answer } from "../../../src/runs/answer.ts";
import type { RunRefusal } from "../../../src/runs/refuseRun.ts";
import type { RunState } from "../../../src/runs/runState.ts";
import { startRun } from "../../../src/runs/startRun.ts";
import { toDocument } from "../../../src/scripts/document/document.ts";
import type { ScriptDocument } from "../../../src/scripts/storedCommand.ts";
import { documentOf } from "../../scripts/document/documentOf.ts";
import type { Sketch } from "../../scripts/document/documentOf.ts";
import { deepFreeze } from "../../scripts/support/deepFreeze.ts";

/** A document of the given parts, frozen; its first node is the entry. */
export function scriptOf(sketch: Sketch): ScriptDocument {
  return deepFreeze(toDocument(documentOf({ entryNodeId: sketch.nodes?.[0]?.id ?? null, ...sketch })));
}

/** A started run, frozen. */
export function started(document: ScriptDocument, variables: { [key: string]: Json } = {}): RunState {
  const outcome = startRun(document, { variables, correlationId: "c_1" });
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.problems));
  return deepFreeze(outcome.state);
}

/** An advance that is not refused. */
export function advanced(
  document: ScriptDocument,
  state: RunState,
): Extract<AdvanceOutcome, { kind: "advanced" }> {
  const outcome = deepFreeze(advance(document, state));
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.problems));
  return outcome;
}

/** The state in which a run waits for its first answer. */
export function asking(document: ScriptDocument, variables: { [key: string]: Json } = {}): RunState {
  return advanced(document, started(document, variables)).state;
}

/** The state after an answer that is not refused to the question that the run waits at. */
export function answered(document: ScriptDocument, state: RunState, value: Json): RunState {
  const outcome = answer(document, state, { nodeId: state.currentNodeId, value });
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.problems));
  return deepFreeze(outcome.state);
}

/** The reasons of a refusal as "code path"; none when it was accepted. */
export function refusals(outcome: RunRefusal | { readonly kind: string }): string[] {
  return "problems" in outcome ? outcome.problems.map(({ code, path }) => `${code} ${path}`) : [];
}
