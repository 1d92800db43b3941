import { parseLegacyJsonAsIs, sortMembers } from "./legacyJson.ts";
import type {
  LegacyAnswerRow,
  LegacyEdgeRow,
  LegacyNodeRow,
  LegacyRunRow,
  LegacyScript,
  LegacyScriptRow,
  LegacyVariableRow,
  LegacyVersion,
  LegacyVersionRow,
} from "./legacyRows.ts";
import type {
  LegacyAnswerAnswer,
  LegacyEdgeJson,
  LegacyNodeJson,
  LegacyRunJson,
  LegacyScriptAnswer,
  LegacyScriptJson,
  LegacyVariableJson,
  LegacyVersionJson,
  LegacyVersionSummary,
} from "./legacyShapes.ts";
import { toIsoTime } from "./legacyTime.ts";
import { mapEdges } from "./mapEdges.ts";
import { makeNameMap } from "./nameMap.ts";

/*
 * The legacy answers, made from legacy rows: what clients get before the cutover, and what the answers made from
 * canonical data are compared with.
 */

/** GET /guidance/scripts/:key; undefined when no version is ACTIVE. */
export function scriptAnswerFromRows({ row, versions }: LegacyScript): LegacyScriptAnswer | undefined {
  const active = versions
    .filter((version) => version.row.status === "ACTIVE")
    .toSorted((a, b) => b.row.version - a.row.version)[0];
  return active && { ...scriptFromRow(row), version: versionFromRows(active) };
}

export function scriptFromRow(row: LegacyScriptRow): LegacyScriptJson {
  return { ...row, createdAt: toIsoTime(row.createdAt), updatedAt: toIsoTime(row.updatedAt) };
}

export function versionSummaryFromRow(row: LegacyVersionRow): LegacyVersionSummary {
  return { ...row, createdAt: toIsoTime(row.createdAt), publishedAt: toIsoTime(row.publishedAt) };
}

export function versionFromRows({ row, nodes, edges, variables }: LegacyVersion): LegacyVersionJson {
  return {
    ...versionSummaryFromRow(row),
    nodes: sortNodes(nodes).map(nodeFromRow),
    edges: sortEdges(edges, nodes).map(edgeFromRow),
    variables: variables.toSorted((a, b) => compareText(a.key, b.key)).map(variableFromRow),
  };
}

/** By orderIndex; equal ones by key. */
export function sortNodes(nodes: readonly LegacyNodeRow[]): LegacyNodeRow[] {
  return nodes.toSorted((a, b) => a.orderIndex - b.orderIndex || compareText(a.key, b.key));
}

export function nodeFromRow(row: LegacyNodeRow): LegacyNodeJson {
  return { ...row, uiSchema: readJson(row.uiSchema), config: sortMembers(readJson(row.config)) };
}

export function edgeFromRow(row: LegacyEdgeRow): LegacyEdgeJson {
  const { id, scriptVersionId, fromNodeId, toNodeId } = row;
  return { id, scriptVersionId, fromNodeId, toNodeId, condition: readJson(row.condition) };
}

export function variableFromRow(row: LegacyVariableRow): LegacyVariableJson {
  return row;
}

export function runFromRow(row: LegacyRunRow): LegacyRunJson {
  const { id, tenantId, scriptId, scriptVersion, subjectSchema, subjectModel, subjectId } = row;
  return {
    id,
    tenantId,
    scriptId,
    scriptVersion,
    subjectSchema,
    subjectModel,
    subjectId,
    startedByUserId: row.startedByUserId,
    startedAt: toIsoTime(row.startedAt),
    completedAt: toIsoTime(row.completedAt),
    state: sortMembers(readJson(row.state)),
  };
}

export function answerFromRow(row: LegacyAnswerRow): LegacyAnswerAnswer {
  return { ...row, value: readJson(row.value), answeredAt: toIsoTime(row.answeredAt) };
}

/** Edges that can be taken as they are tried, then the others by id. */
function sortEdges(edges: readonly LegacyEdgeRow[], nodes: readonly LegacyNodeRow[]): LegacyEdgeRow[] {
  const ignored = { quarantined: [], findings: [] };
  const names = makeNameMap(new Map(), []);
  const usable = mapEdges(ignored, edges, new Map(nodes.map((node) => [node.id, node])), names);
  const sorted = usable.map(({ row }) => row!);
  const isUsable = new Set(sorted);
  return [
    ...sorted,
    ...edges.filter((edge) => !isUsable.has(edge)).toSorted((a, b) => compareText(a.id, b.id)),
  ];
}

function readJson(text: string | null): LegacyNodeJson["config"] {
  return text === null ? null : parseLegacyJsonAsIs(text);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
