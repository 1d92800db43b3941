import type { ScriptVersion } from "../../db/generated/client.ts";
import { sameJson } from "../../scripts/sameJson.ts";
import type { PlannedVersion } from "../materialization.ts";

/** What a row says that a rebuild may put right. Where a version starts never changes in a row. */
type Row = Omit<ScriptVersion, "id" | "isPublished">;

/** Names of the members in which a row differs from what the log gives; none when it is the same. */
export function compareVersion({ snapshot, ...planned }: PlannedVersion, row: Row): string[] {
  const documents = ["graphJson", "variablesDef", "streamJson", "graphHash", "stateHash"] as const;
  const columns = ["fromSequence", "toSequence", "changelog", "createdById"] as const;
  const times = ["createdAt", "sealedAt"] as const;
  return [
    ...documents.filter((name) => !sameJson(row[name], snapshot[name])),
    ...columns.filter((name) => row[name] !== planned[name]),
    ...times.filter((name) => row[name]?.getTime() !== planned[name]?.getTime()),
  ];
}
