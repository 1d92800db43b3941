import { findOption, optionsOf } from "../runs/findOption.ts";
import type { LogEntry } from "../runs/trace.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import type { GivenAnswer } from "./mapAnswers.ts";
import { derivedId } from "./names.ts";
import type { PlannedLogEntry } from "./runPlan.ts";

/** The log of a run: its start, every answer, its end. */
export function mapRunLog(
  actorId: string,
  made: {
    readonly runId: string;
    readonly startedAt: number;
    readonly endedAt: number | null;
    readonly given: readonly GivenAnswer[];
    readonly document: ScriptDocument;
  },
): PlannedLogEntry[] {
  const { runId, startedAt, endedAt, given, document } = made;
  const nodeId = document.graphJson.entryNodeId ?? "";
  const entries: Omit<PlannedLogEntry, "ordinal" | "actorId">[] = [
    {
      requestId: derivedId("start", runId),
      entry: { kind: "started", nodeId, variables: {} },
      occurredAt: new Date(startedAt),
    },
    ...given.map(({ row, at, node, nodeId: answered, value }) => ({
      requestId: row.id,
      entry: {
        kind: "answered",
        nodeId: answered,
        value,
        option: (node && findOption(optionsOf(node), value)?.names[0]) ?? null,
        variable: typeof node?.data["variable"] === "string" ? node.data["variable"] : null,
      } satisfies LogEntry,
      occurredAt: new Date(at),
    })),
  ];
  if (endedAt !== null)
    entries.push({
      requestId: derivedId("finish", runId),
      entry: { kind: "finished", status: "SUCCEEDED" },
      occurredAt: new Date(endedAt),
    });
  return entries.map((entry, place) => ({ ...entry, ordinal: place + 1, actorId }));
}
