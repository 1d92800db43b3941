import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { layOut } from "./layOut.ts";
import type { VersionFacts } from "./legacyFacts.ts";
import type { LegacyVersion } from "./legacyRows.ts";
import { finishVersion, mapVersion } from "./mapVersion.ts";

/**
 * The document of one legacy version, for walks through it before it is moved; undefined when it is too large to
 * be moved. Its nodes may stand elsewhere than in the plan of the whole script.
 */
export function mapOneVersion(
  version: LegacyVersion,
): { readonly document: ScriptDocument; readonly facts: VersionFacts } | undefined {
  const problems = { quarantined: [], findings: [] };
  const mapped = mapVersion(problems, version);
  if (!mapped) return undefined;
  const { nodes, edges, entryNodeId } = mapped;
  const nodeIds = nodes.map(({ id }) => id);
  const places = layOut({ nodeIds, edges, entries: entryNodeId === null ? [] : [entryNodeId] });
  return finishVersion(problems, mapped, places);
}
