import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { chainHash, GENESIS_HASH } from "../../src/log/chainHash.ts";
import { applyPatch } from "../../src/scripts/applyPatch.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { commandName } from "../../src/scripts/registry.ts";
import { replay } from "../../src/scripts/replay.ts";
import { fromSnapshot, toSnapshot } from "../../src/scripts/snapshot.ts";
import type { ScriptState } from "../../src/scripts/state.ts";
import type { GoldenLog, GoldenRow } from "./goldenLog.ts";

/** How one command of the log is applied. */
export type Apply = (state: ScriptState, row: GoldenRow) => ScriptState;

/** Most differing places that a message lists. */
const MAX_PLACES = 5;

/**
 * Replays a recorded log and says in one text which command first leads elsewhere than on the day it was
 * recorded; undefined when history is what it was. Rows are read as they stand in the file, not parsed by the
 * rules of today.
 *
 * The recorded patches do not go through the reducer, so they tell what the state was and where it differs.
 */
export function findChangedHistory(
  { name, rows }: GoldenLog,
  apply: Apply = (state, row) => replay(state, [row]),
): string | undefined {
  let state = EMPTY_STATE;
  let previousHash = GENESIS_HASH;
  for (const row of rows) {
    const at = `Golden log ${name}: command ${row.sequence}, ${commandName(row.type, row.typeVersion)}`;
    const broken = findBrokenRow(state, row, previousHash);
    if (broken) return `${at}, ${broken}`;
    const recorded = applyPatch(state, row.patch);
    const applied = tryToApply(apply, state, row);
    if (typeof applied === "string") return `${at}, cannot be applied any more: ${applied} ${WAY_OUT}`;
    const difference = findDifference(recorded, applied, row);
    if (difference)
      return `${at}, now leads to another state than when it was recorded: ${difference} ${WAY_OUT}`;
    state = applied;
    previousHash = row.chainHash;
  }
  return undefined;
}

const WAY_OUT =
  "Logs of this command are in databases and must replay to the same document for ever. " +
  "Restore what it did, or give the new behaviour a new typeVersion and an upcaster (src/scripts/upcast.ts).";

/** What is wrong with the patches or the chain of a row, whatever the reducer makes of it. */
function findBrokenRow(before: ScriptState, row: GoldenRow, previousHash: string): string | undefined {
  const { stateHash: _, graphHash: __, createdAt, ...logged } = row;
  if (chainHash(previousHash, { ...logged, createdAt: new Date(createdAt) }) !== row.chainHash)
    return "has another chain hash now: canonical JSON or the fields that are hashed changed.";
  try {
    const after = applyPatch(before, row.patch);
    if (canonicalJson(applyPatch(after, row.inversePatch)) !== canonicalJson(before))
      return "is not taken back by its inverse patch any more.";
  } catch (error) {
    return `has patches that do not apply any more: ${String(error)}`;
  }
  return undefined;
}

function tryToApply(apply: Apply, state: ScriptState, row: GoldenRow): ScriptState | string {
  try {
    return apply(state, row);
  } catch (error) {
    return String(error);
  }
}

function findDifference(recorded: ScriptState, applied: ScriptState, row: GoldenRow): string | undefined {
  const places = differingPlaces(recorded, applied);
  const snapshot = toSnapshot(applied);
  const { stateHash, graphHash } = snapshot;
  if (places.length > 0)
    return `different at ${places.slice(0, MAX_PLACES).join(", ")}${places.length > MAX_PLACES ? ", ..." : ""}.`;
  if (graphHash !== row.graphHash)
    return "the same, but graphHash is taken differently (src/scripts/snapshot.ts).";
  if (stateHash !== row.stateHash)
    return "the same, but stateHash is taken differently (src/scripts/snapshot.ts).";
  if (differingPlaces(applied, fromSnapshot(snapshot)).length > 0)
    return "the same, but a snapshot of it is read back as another (src/scripts/snapshot.ts).";
  return undefined;
}

/** Paths at which two JSON values differ, the deepest that can be named. */
function differingPlaces(a: unknown, b: unknown, path = ""): string[] {
  if (canonicalJson(a) === canonicalJson(b)) return [];
  if (!isRecord(a) || !isRecord(b)) return [path || "/"];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    Object.hasOwn(a, key) && Object.hasOwn(b, key)
      ? differingPlaces(a[key], b[key], `${path}/${key}`)
      : [`${path}/${key}`],
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
