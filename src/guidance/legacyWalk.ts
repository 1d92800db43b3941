import type { Json } from "../kernel/canonicalJson.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";
import { NOWHERE, type RunState } from "../runs/runState.ts";
import { startRun } from "../runs/startRun.ts";
import { isObject } from "../scripts/document/handles.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { advanceByOne, type OneStep } from "./advanceByOne.ts";
import { answerAt } from "./answerAt.ts";
import type { VersionFacts } from "./legacyFacts.ts";
import { parseLegacyJsonAsIs } from "./legacyJson.ts";
import type { LegacyRun } from "./legacyRows.ts";
import { mapAnswers } from "./mapAnswers.ts";
import { mapRunState } from "./mapRunState.ts";
import { nodeIdOf, variableKeyOf } from "./names.ts";
import { legacyKeyOf, toLegacyState } from "./toLegacyRun.ts";

/*
 * What the legacy routes do to a run that is still in the legacy tables: the run is mapped as a move maps it, the
 * same step is taken as after the move, and what changed is put into the legacy state again.
 */

/** A version as mapOneVersion gives it. */
export interface MappedLegacy {
  readonly document: ScriptDocument;
  readonly facts: VersionFacts;
}

/** A new state for guidance."ScriptRun". */
export type LegacyState = { readonly [key: string]: Json };

/** The state of a new run: at the entry node, with the defaults and what the client gave. */
export function startLegacyRun(
  { document, facts }: MappedLegacy,
  vars: { readonly [key: string]: Json },
  runId: string,
): { readonly kind: "started"; readonly state: LegacyState } | RunRefusal {
  const started = startRun(document, {
    variables: renameVars(vars),
    correlationId: runId,
    mayStandNowhere: true,
  });
  return started.kind === "refused"
    ? started
    : { kind: "started", state: toLegacyState(started.state, facts) };
}

/** Values by the keys that variables have in the document. */
export function renameVars(vars: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
  return Object.fromEntries(Object.entries(vars).map(([key, value]) => [variableKeyOf(key), value]));
}

/** The state after an answer, or why it is not taken. */
export function answerLegacyRun(
  mapped: MappedLegacy,
  run: LegacyRun,
  answer: { readonly nodeKey: string; readonly value: Json },
  now: number,
): { readonly kind: "answered"; readonly state: LegacyState } | RunRefusal {
  const state = stateOf(mapped.document, run, now);
  const { nodeKey, value } = answer;
  const answered = answerAt(mapped.document, state, { nodeId: nodeIdOf(nodeKey), value });
  if (answered.kind === "refused") return answered;
  const before = readState(run);
  const known = isObject(before["vars"]) ? before["vars"] : {};
  const { vars = {} } = toLegacyState({ ...answered.state, variables: answered.changed }, mapped.facts);
  return { kind: "answered", state: { ...before, vars: { ...known, ...(vars as LegacyState) } } };
}

export type LegacyStep = Exclude<OneStep, { kind: "moved" | "ended" }> | LegacyMoved;

export interface LegacyMoved {
  readonly kind: "moved" | "ended";
  readonly state: LegacyState;
  readonly walk: Extract<OneStep, { kind: "moved" | "ended" }>;
}

/** The state after one step. */
export function advanceLegacyRun(mapped: MappedLegacy, run: LegacyRun, now: number): LegacyStep {
  const walk = advanceByOne(mapped.document, stateOf(mapped.document, run, now));
  if (walk.kind !== "moved" && walk.kind !== "ended") return walk;
  const cursor = legacyKeyOf(walk.state.currentNodeId, mapped.facts);
  return { kind: walk.kind, walk, state: { ...readState(run), cursor } };
}

function stateOf(document: ScriptDocument, run: LegacyRun, now: number): RunState {
  const ignored = { quarantined: [], findings: [] };
  const given = mapAnswers(ignored, run.answers, document, { earliest: 0, asOf: now });
  const { row } = run;
  const isRunning = row.completedAt === null;
  const mapped = mapRunState(ignored, row, document, given, { runId: row.id, isRunning });
  return (
    mapped.state ?? { ...STANDS_NOWHERE, status: isRunning ? "RUNNING" : "SUCCEEDED", correlationId: row.id }
  );
}

/** Of a version without nodes: it takes answers, and cannot be advanced. */
const STANDS_NOWHERE: Omit<RunState, "status" | "correlationId"> = {
  currentNodeId: NOWHERE,
  settled: false,
  waitingFor: null,
  variables: {},
  answers: {},
  steps: 0,
  dispatches: 0,
  outcome: null,
  failure: null,
};

function readState({ row }: LegacyRun): LegacyState {
  const state = row.state === null ? {} : parseLegacyJsonAsIs(row.state);
  return isObject(state) ? state : {};
}
