import type { LoadTipDeps } from "../log/loadTip.ts";
import { stateAt } from "../log/loadState.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { toDocument } from "../scripts/document/document.ts";
import type { ScriptState } from "../scripts/state.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";

export type SealedDocuments = ReadonlyMap<number, ScriptDocument>;

/**
 * The documents of sealed versions that a batch needs to be decided. They come from the log, so a version
 * that the materializer has not written yet is there as well.
 */
export async function loadSealedDocuments(
  deps: LoadTipDeps,
  key: ScriptKey,
  state: ScriptState,
  versions: readonly number[],
): Promise<SealedDocuments> {
  const documents = new Map<number, ScriptDocument>();
  for (const version of versions) {
    const sealed = Object.hasOwn(state.versions, version) ? state.versions[version] : undefined;
    if (sealed) documents.set(version, toDocument(await stateAt(deps, key, sealed.toSequence)));
  }
  return documents;
}
