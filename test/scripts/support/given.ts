import { expect } from "vitest";
import { canonicalJson } from "../../../src/kernel/canonicalJson.ts";
import { applyPatch } from "../../../src/scripts/applyPatch.ts";
import type { Refusal } from "../../../src/scripts/command.ts";
import type { BatchDecision, DecidedCommand } from "../../../src/scripts/decideBatch.ts";
import { keyedDocument } from "../../../src/scripts/commands/checkDocument.ts";
import { decideBatch } from "../../../src/scripts/decideBatch.ts";
import { checkStructure } from "../../../src/scripts/document/checkStructure.ts";
import { toDocument } from "../../../src/scripts/document/document.ts";
import { EMPTY_STATE } from "../../../src/scripts/emptyState.ts";
import { replay } from "../../../src/scripts/replay.ts";
import type { ScriptState } from "../../../src/scripts/state.ts";
import type { ScriptDocument } from "../../../src/scripts/storedCommand.ts";
import { deepFreeze } from "./deepFreeze.ts";
import { expectWords } from "./expectWords.ts";

/** A command without Scripts. and .v1: ["AddNode", { node }]. */
export type Step = readonly [name: string, payload: unknown];

export interface Stream {
  readonly state: ScriptState;
  readonly sequence: number;
  readonly log: readonly DecidedCommand[];
  /** Documents of the versions sealed so far. */
  readonly sealed: ReadonlyMap<number, ScriptDocument>;
}

export const created: Step = ["CreateScript", { name: "Call", slug: "call" }];

const nothing: Stream = { state: EMPTY_STATE, sequence: 0, log: [], sealed: new Map() };

/** The stream of a script that was created and edited. */
export function given(...history: readonly Step[]): Stream {
  return givenOnly(created, ...history);
}

/** The stream of exactly these commands. */
export function givenOnly(...history: readonly Step[]): Stream {
  return history.reduce<Stream>((stream, step) => accepted(stream, step), nothing);
}

/** Decides a batch, and holds every promise about what was accepted. */
export function decide(stream: Stream, ...steps: readonly Step[]): BatchDecision {
  const before = canonicalJson(stream.state);
  const decision = decideBatch(
    stream,
    steps.map(([name, payload]) => ({ command: `Scripts.${name}.v1`, payload })),
    { sealedDocument: (version) => stream.sealed.get(version) },
  );
  expect(canonicalJson(stream.state)).toBe(before);
  if (decision.kind === "accepted") expectPromisesKept(stream, decision);
  else expectWords(decision.refusals);
  return decision;
}

/** The stream after commands that must be accepted. */
export function accepted(stream: Stream, ...steps: readonly Step[]): Stream {
  return steps.reduce((current, step) => {
    const decision = decide(current, step);
    if (decision.kind === "refused") throw new Error(`Refused: ${JSON.stringify([step, decision.refusals])}`);
    return append(current, decision);
  }, stream);
}

/** Why a command is refused, as "code path" lines; "accepted" when it is not. */
export function reasons(stream: Stream, step: Step): string[] {
  const decision = decide(stream, step);
  return decision.kind === "accepted"
    ? ["accepted"]
    : decision.refusals.map(({ code, path }) => `${code} ${path}`.trim());
}

/** The only refusal of a command. */
export function refusal(stream: Stream, step: Step): Refusal {
  const decision = decide(stream, step);
  if (decision.kind === "accepted" || decision.refusals.length !== 1) {
    throw new Error(`Not one refusal: ${JSON.stringify(decision)}`);
  }
  return decision.refusals[0]!;
}

/** What one command writes: its patch as lines such as "replace /draftChanged true". */
export function patchOf(stream: Stream, step: Step): string[] {
  const decision = decide(stream, step);
  if (decision.kind === "refused") throw new Error(`Refused: ${JSON.stringify(decision.refusals)}`);
  return decision.patch.map((operation) =>
    operation.op === "remove"
      ? `remove ${operation.path}`
      : `${operation.op} ${operation.path} ${canonicalJson(operation.value)}`,
  );
}

/** The stream with an accepted batch at its end. */
export function append(stream: Stream, decision: Extract<BatchDecision, { kind: "accepted" }>): Stream {
  const sealed = new Map(stream.sealed);
  for (const { version, toSequence } of Object.values(decision.state.versions)) {
    if (sealed.has(version)) continue;
    const upTo = decision.commands.filter(({ sequence }) => sequence <= toSequence);
    sealed.set(version, toDocument(replay(stream.state, upTo)));
  }
  return {
    state: deepFreeze(decision.state),
    sequence: stream.sequence + decision.commands.length,
    log: [...stream.log, ...decision.commands],
    sealed,
  };
}

/**
 * Patches lead there and back, a replay comes to the same state, draftChanged says whether the document
 * changed, and the document is sound.
 */
function expectPromisesKept(stream: Stream, decision: Extract<BatchDecision, { kind: "accepted" }>): void {
  let state = stream.state;
  for (const command of decision.commands) {
    const after = replay(state, [deepFreeze(command)]);
    expect(canonicalJson(applyPatch(state, command.patch))).toBe(canonicalJson(after));
    expect(canonicalJson(applyPatch(after, command.inversePatch))).toBe(canonicalJson(state));
    const isSame = canonicalJson(keyedDocument(after)) === canonicalJson(keyedDocument(state));
    const draftChanged = state.draftChanged || !isSame;
    expect(after.draftChanged).toBe(draftChanged && command.type !== "Scripts.CommitVersion");
    state = after;
  }
  expect(canonicalJson(decision.state)).toBe(canonicalJson(state));
  expect(checkStructure(decision.state)).toEqual([]);
}
