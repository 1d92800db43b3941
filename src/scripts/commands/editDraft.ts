import type { Draft } from "immer";
import { isDraft, original } from "immer";
import { cloneJson } from "../cloneJson.ts";
import { own } from "../document/document.ts";
import { sameJson } from "../sameJson.ts";
import type { EdgeState, NodeState, ScriptState, VariableState } from "../state.ts";
import type { GraphEdge, GraphNode, VariableDef } from "../storedCommand.ts";

/*
 * The only ways in which a command changes nodes, edges, variables, viewport and entry node. Three promises
 * are kept here and nowhere else:
 *
 * - draftChanged becomes true exactly when one of those members changes;
 * - only what differs is written, so patches are small and say what an author did;
 * - what comes from a payload or from facts is copied: a replay changes its draft in place, and would change
 *   the stored command with it.
 */

export type ScriptDraft = Draft<ScriptState>;

/** The parts of the state that are records of entities. */
export type Part = "nodes" | "edges" | "variables";

type Entity = NodeState | EdgeState | VariableState;
type NewEntity = GraphNode | GraphEdge | VariableDef;
type JsonRecord = Record<string, unknown>;

/**
 * The state as it was before the command. Read from it, not from the draft: an immer draft makes a proxy for
 * every object that is read. Looking at 200 nodes and 300 edges takes 0.8 ms there, 0.05 ms here.
 *
 * In a replay it is the draft itself, so read before writing.
 */
export function stateBefore(draft: ScriptDraft): ScriptState {
  return isDraft(draft) ? original<ScriptState>(draft) : draft;
}

/** Puts a new entity behind all others of its part. */
export function addEntity(draft: ScriptDraft, part: Part, id: string, entity: NewEntity): void {
  const order = nextOrder(stateBefore(draft)[part]);
  putEntity(draft, part, id, { ...entity, order });
}

/** Puts an entity at its id, with the order that it brings. */
export function putEntity(draft: ScriptDraft, part: Part, id: string, entity: Entity): void {
  (draft[part] as JsonRecord)[id] = cloneJson(entity);
  draft.draftChanged = true;
}

export function removeEntity(draft: ScriptDraft, part: Part, id: string): void {
  delete (draft[part] as JsonRecord)[id];
  draft.draftChanged = true;
}

/**
 * Brings an entity that is there from `before` to `after`, writing only the members that differ. `after` may
 * share objects with `before` at the same place only: in a replay `before` changes while `after` is read.
 */
export function editEntity(draft: ScriptDraft, part: Part, id: string, before: Entity, after: Entity): void {
  const open = (): JsonRecord => (draft[part] as Record<string, JsonRecord>)[id]!;
  if (writeChanges(open, before as object as JsonRecord, after as object as JsonRecord))
    draft.draftChanged = true;
}

/** Brings a whole part from `before` to `after`. Entities that are the same object in both are skipped unread. */
export function editPart<P extends Part>(
  draft: ScriptDraft,
  part: P,
  before: ScriptState[P],
  after: ScriptState[P],
): void {
  for (const id of Object.keys(before)) {
    if (!Object.hasOwn(after, id)) removeEntity(draft, part, id);
  }
  for (const id of Object.keys(after)) {
    const [old, next] = [own<Entity>(before, id), after[id]!];
    if (old === undefined) putEntity(draft, part, id, next);
    else if (old !== next) editEntity(draft, part, id, old, next);
  }
}

export function setEntryNode(draft: ScriptDraft, entryNodeId: string | null): void {
  if (draft.entryNodeId === entryNodeId) return;
  draft.entryNodeId = entryNodeId;
  draft.draftChanged = true;
}

export function setViewport(draft: ScriptDraft, viewport: ScriptState["viewport"]): void {
  if (sameJson(stateBefore(draft).viewport, viewport)) return;
  draft.viewport = cloneJson(viewport);
  draft.draftChanged = true;
}

/**
 * Writes into an object what differs between `before` and `after`, member by member; lists are replaced whole.
 * `open` gives the object to write to and is called only when there is something to write. Returns whether
 * there was.
 */
export function writeChanges(open: () => JsonRecord, before: JsonRecord, after: JsonRecord): boolean {
  let changed = false;
  for (const key of Object.keys(before)) {
    if (Object.hasOwn(after, key)) continue;
    delete open()[key];
    changed = true;
  }
  for (const key of Object.keys(after)) {
    const [old, next] = [Object.hasOwn(before, key) ? before[key] : undefined, after[key]];
    if (old === next) continue;
    if (isRecord(old) && isRecord(next)) {
      changed = writeChanges(() => open()[key] as JsonRecord, old, next) || changed;
    } else if (!sameJson(old, next)) {
      open()[key] = cloneJson(next);
      changed = true;
    }
  }
  return changed;
}

/** The order of an entity that goes behind all others: the highest + 1, 0 for the first. */
export function nextOrder(entities: { readonly [id: string]: { readonly order: number } }): number {
  let highest = -1;
  for (const id of Object.keys(entities)) {
    const { order } = entities[id]!;
    if (order > highest) highest = order;
  }
  return highest + 1;
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
