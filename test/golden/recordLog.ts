import { chainHash, GENESIS_HASH } from "../../src/log/chainHash.ts";
import {
  decideBatch,
  type BatchContext,
  type BatchDecision,
  type DecidedCommand,
} from "../../src/scripts/decideBatch.ts";
import { toDocument } from "../../src/scripts/document/document.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { evolve } from "../../src/scripts/evolve.ts";
import { commandDefinitions, parseCommandName } from "../../src/scripts/registry.ts";
import { toSnapshot } from "../../src/scripts/snapshot.ts";
import { REDUCER_VERSION, type ScriptState } from "../../src/scripts/state.ts";
import type { Actor, ScriptDocument, StoredCommand } from "../../src/scripts/storedCommand.ts";
import type { GoldenRow } from "./goldenLog.ts";

/** The next command, by its full name and the state it is sent to; undefined: leave this turn out. */
export type Turn = (state: ScriptState) => GoldenStep | undefined;

export interface GoldenStep {
  /** Scripts.AddNode.v1. One of an older version goes into the log as it would stand there, undecided. */
  readonly command: string;
  readonly payload: StoredCommand["payload"];
}

export interface Story {
  readonly name: string;
  readonly turns: readonly Turn[];
  /** fail: a refused command is a mistake of the story. skip: it leaves no trace, as in life. */
  readonly refused: "fail" | "skip";
}

const ACTORS: readonly Actor[] = [
  { type: "USER", id: "u1" },
  { type: "AI_AGENT", id: "a1", onBehalfOf: "u1" },
  { type: "SYSTEM", id: "s1" },
  { type: "BACKFILL", id: "b1" },
];
const FIRST_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** Plays a story through decide and evolve, and keeps its log. The same story gives the same text. */
export function recordLog(story: Story): GoldenRow[] {
  const rows: GoldenRow[] = [];
  const sealed = new Map<number, ScriptDocument>();
  let state = EMPTY_STATE;
  for (const turn of story.turns) {
    const step = turn(state);
    const decided = step && decideStep({ state, sequence: rows.length }, step, sealed);
    if (!decided || (decided.kind === "refused" && story.refused === "skip")) continue;
    if (decided.kind === "refused")
      throw new Error(`Story ${story.name}: ${JSON.stringify([step, decided.refusals])}`);
    ({ state } = decided);
    if (state.latestVersion > sealed.size) sealed.set(state.latestVersion, toDocument(state));
    rows.push(toRow(story.name, decided, rows.at(-1)?.chainHash ?? GENESIS_HASH));
  }
  return rows;
}

interface Decided {
  readonly kind: "accepted";
  readonly command: DecidedCommand;
  readonly state: ScriptState;
}

function decideStep(
  stream: { readonly state: ScriptState; readonly sequence: number },
  step: GoldenStep,
  sealed: ReadonlyMap<number, ScriptDocument>,
): Decided | Extract<BatchDecision, { kind: "refused" }> {
  const { type, version } = parseCommandName(step.command)!;
  if (version < (commandDefinitions.get(type)?.version ?? 0)) {
    const sequence = stream.sequence + 1;
    const stored = { sequence, type, typeVersion: version, payload: step.payload, facts: {} };
    const { state, patch, inversePatch } = evolve(stream.state, stored);
    return { kind: "accepted", command: { ...stored, patch, inversePatch }, state };
  }
  const context: BatchContext = { sealedDocument: (number) => sealed.get(number) };
  const decision = decideBatch(stream, [step], context);
  return decision.kind === "refused"
    ? decision
    : { kind: "accepted", command: decision.commands[0]!, state: decision.state };
}

function toRow(name: string, { command, state }: Decided, previousHash: string): GoldenRow {
  const { sequence } = command;
  const id = (kind: string): string => `${kind}${sequence}`;
  const actor = ACTORS[sequence % ACTORS.length]!;
  const createdAt = new Date(FIRST_MS + sequence * 1_001);
  const row = {
    tenantId: "golden",
    scriptId: name,
    ...command,
    id: id("r"),
    commandId: id("c"),
    batchId: id("b"),
    actorType: actor.type,
    actorId: actor.id,
    onBehalfOf: actor.onBehalfOf ?? null,
    correlationId: id("x"),
    causationId: null,
    note: sequence % 7 === 0 ? "As agreed." : null,
    reducerVersion: REDUCER_VERSION,
  };
  const { stateHash, graphHash } = toSnapshot(state);
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    chainHash: chainHash(previousHash, { ...row, createdAt }),
    stateHash,
    graphHash,
  };
}
