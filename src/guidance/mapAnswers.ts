import type { Json } from "../kernel/canonicalJson.ts";
import { checkFreeValue } from "../runs/checkValue.ts";
import type { GraphNode, ScriptDocument } from "../scripts/storedCommand.ts";
import { parseLegacyJson } from "./legacyJson.ts";
import type { LegacyAnswerRow } from "./legacyRows.ts";
import { repairTime } from "./legacyTime.ts";
import { nodeIdOf } from "./names.ts";
import { find, quarantine } from "./reasons.ts";
import type { Problems } from "./reasons.ts";

export interface GivenAnswer {
  readonly row: LegacyAnswerRow;
  readonly at: number;
  /** Id of the answered node in the document, whether it is there or not. */
  readonly nodeId: string;
  readonly node: GraphNode | undefined;
  readonly value: Json;
}

/** The answers that can be kept, in the order in which they were given. */
export function mapAnswers(
  problems: Problems,
  rows: readonly LegacyAnswerRow[],
  document: ScriptDocument,
  limits: { readonly earliest: number; readonly asOf: number },
): GivenAnswer[] {
  const nodes = new Map(document.graphJson.nodes.map((node) => [node.id, node]));
  const seen = new Set<string>();
  let earliest = limits.earliest;
  return rows.toSorted(compareAnswers).flatMap((row) => {
    const { value, repaired } = parseLegacyJson(row.value);
    if (repaired) find(problems, "json_repaired", "ScriptAnswer", row.id);
    const [refusal] = checkFreeValue("answer", value, "");
    if (refusal) {
      quarantine(problems, "answer_too_large", "ScriptAnswer", row.id, refusal.message);
      return [];
    }
    const nodeId = nodeIdOf(row.nodeKey);
    const node = nodes.get(nodeId);
    if (!node)
      find(problems, "answer_node_unknown", "ScriptAnswer", row.id, `It is ${JSON.stringify(nodeId)}.`);
    if (seen.has(nodeId)) find(problems, "answer_repeated", "ScriptAnswer", row.id);
    seen.add(nodeId);
    const timed = { legacyTable: "ScriptAnswer", legacyId: row.id, time: row.answeredAt } as const;
    earliest = repairTime(problems, timed, { ...limits, earliest });
    return [{ row, at: earliest, nodeId, node, value }];
  });
}

/** By time, those without a usable one first; equal ones by id. */
function compareAnswers(a: LegacyAnswerRow, b: LegacyAnswerRow): number {
  return timeOf(a) - timeOf(b) || (a.id < b.id ? -1 : 1);
}

function timeOf({ answeredAt }: LegacyAnswerRow): number {
  return answeredAt.endsWith("infinity") ? -Number.MAX_VALUE : Number(answeredAt);
}
