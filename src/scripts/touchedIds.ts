import { toTokens } from "./pointer.ts";
import type { PatchOperation } from "./storedCommand.ts";

const RECORDS = new Set(["nodes", "edges", "variables", "details", "versions"]);

/**
 * What a patch touches, sorted: nodes/<id>, edges/<id>, variables/<key>, details/<field>, versions/<n>, or the
 * name of another member of the state. Ids are not escaped, so they may contain a slash.
 *
 * draftChanged is left out: the first edit after every version touches it, so any two of them would overlap.
 */
export function touchedIds(patch: readonly PatchOperation[]): string[] {
  const touched = new Set<string>();
  for (const { path } of patch) {
    const [member, id] = toTokens(path);
    if (member === undefined || member === "draftChanged") continue;
    touched.add(id !== undefined && RECORDS.has(member) ? `${member}/${id}` : member);
  }
  return [...touched].toSorted();
}
