import type { ScriptVersion } from "../../db/generated/client.ts";
import { sameJson } from "../../scripts/sameJson.ts";
import type { PlannedVersion } from "../materialization.ts";

/** Members that a rebuild can put right in a row that is there. */
const REBUILT = ["graphJson", "variablesDef", "streamJson", "graphHash", "stateHash"] as const;
/** Members that never change in a row: where they differ, the row is of another log. */
const FIXED = ["fromSequence", "toSequence", "changelog", "createdById"] as const;

export interface VersionComparison {
  /** Names of the members that differ; empty when the row is what the log gives. */
  readonly differing: readonly string[];
  /** Whether a rebuild can put them right. */
  readonly canSwitch: boolean;
}

/** Holds a row against what the log gives. */
export function compareVersion(planned: PlannedVersion, live: ScriptVersion): VersionComparison {
  const { snapshot } = planned;
  const rebuilt: string[] = REBUILT.filter((name) => !sameJson(live[name], snapshot[name]));
  const fixed: string[] = FIXED.filter((name) => live[name] !== planned[name]);
  if (live.sealedAt?.getTime() !== planned.sealedAt?.getTime()) fixed.push("sealedAt");
  return { differing: [...rebuilt, ...fixed], canSwitch: fixed.length === 0 };
}
