import { toKeyed } from "../scripts/document/document.ts";
import { EMPTY_STATE } from "../scripts/emptyState.ts";
import { evolve } from "../scripts/evolve.ts";
import { stateDiff, type StateDiff } from "../scripts/stateDiff.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";

/**
 * What leads from one document to another, on both keyed by id: the patch that rolling the one back to the
 * other would make, so a diff and a rollback never tell two stories.
 */
export function diffDocuments(from: ScriptDocument, to: ScriptDocument): StateDiff {
  // draftChanged is no part of a document: it is set before, so that no patch sets it.
  const before = { ...EMPTY_STATE, ...toKeyed(from), draftChanged: true };
  const { state, patch } = evolve(before, {
    sequence: 1,
    type: "Scripts.RollbackToVersion",
    typeVersion: 1,
    payload: {},
    facts: { document: to },
  });
  return stateDiff(before, state, patch);
}
