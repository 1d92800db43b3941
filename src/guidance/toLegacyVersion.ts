import type { Json } from "../kernel/canonicalJson.ts";
import { isObject } from "../scripts/document/handles.ts";
import { sameJson } from "../scripts/sameJson.ts";
import type { GraphEdge, GraphNode, ScriptDocument, VariableDef } from "../scripts/storedCommand.ts";
import type { Kept, VersionFacts } from "./legacyFacts.ts";
import { edgeFromRow, nodeFromRow, variableFromRow } from "./legacyFromRows.ts";
import { sortMembers } from "./legacyJson.ts";
import type { LegacyEdgeRow, LegacyNodeRow, LegacyVariableRow } from "./legacyRows.ts";
import type {
  LegacyEdgeJson,
  LegacyNodeJson,
  LegacyVariableJson,
  LegacyVersionJson,
  LegacyVersionSummary,
} from "./legacyShapes.ts";
import { toIsoTime } from "./legacyTime.ts";
import { toLegacyDefault } from "./mapVariables.ts";
import { derivedId } from "./names.ts";

/** A sealed version as the canonical tables have it. */
export interface CanonicalVersion {
  readonly scriptId: string;
  readonly version: number;
  readonly document: ScriptDocument;
  readonly changelog: string | null;
  readonly isPublished: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; of the last PublishVersion of it. Null when it never was published, or nobody knows. */
  readonly publishedAt: string | null;
}

const LEGACY_TYPES: ReadonlySet<string> = new Set([
  "START",
  "MESSAGE",
  "QUESTION",
  "CHOICE",
  "CONDITION",
  "ACTION",
  "END",
]);

/** A version in its legacy shape. Without facts it was made after the move, and has ids that follow from it. */
export function toLegacyVersion(
  canonical: CanonicalVersion,
  facts: VersionFacts | undefined,
): LegacyVersionJson {
  const { graphJson, variablesDef } = canonical.document;
  const summary = toLegacyVersionSummary(canonical, facts);
  const context: Context = { versionId: summary.id, facts };
  const nodes = graphJson.nodes.filter(({ id }) => !facts || Object.hasOwn(facts.nodes, id));
  const edges = graphJson.edges.filter(({ id }) => !facts || Object.hasOwn(facts.edges, id));
  const variables = variablesDef.filter(({ key }) => !facts || Object.hasOwn(facts.variables, key));
  const places = new Map(graphJson.nodes.map(({ id }, place) => [id, place]));
  return {
    ...summary,
    nodes: nodes.map((node) => toLegacyNode(context, node, places.get(node.id)!)),
    edges: [
      ...edges.map((edge) => toLegacyEdge(context, edge)),
      ...(facts?.leftOutEdges ?? []).map(edgeFromRow),
    ],
    variables: variables
      .map((variable) => toLegacyVariable(context, variable))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

/** The version's own columns. */
export function toLegacyVersionSummary(
  { scriptId, version, document, changelog, isPublished, createdAt, publishedAt }: CanonicalVersion,
  facts: VersionFacts | undefined,
): LegacyVersionSummary {
  const id = facts?.row.id ?? derivedId("version", scriptId, String(version));
  const { entryNodeId } = document.graphJson;
  const before = facts?.row.status === "ACTIVE" ? "ARCHIVED" : facts?.row.status;
  return {
    id,
    scriptId: facts?.row.scriptId ?? scriptId,
    version,
    status: isPublished ? "ACTIVE" : (before ?? "DRAFT"),
    entryNodeId: facts
      ? facts.row.entryNodeId
      : entryNodeId === null
        ? null
        : legacyNodeId({ versionId: id, facts }, entryNodeId),
    notes: facts ? facts.row.notes : changelog,
    createdAt: facts ? toIsoTime(facts.row.createdAt) : createdAt,
    publishedAt: publishedAt ?? toIsoTime(facts?.row.publishedAt ?? null),
  };
}

interface Context {
  readonly versionId: string;
  readonly facts: VersionFacts | undefined;
}

/** A node in its legacy shape. */
export function toLegacyNode(context: Context, node: GraphNode, place: number): LegacyNodeJson {
  const kept = context.facts && own(context.facts.nodes, node.id);
  const json = withoutKept(context, node, place);
  if (!kept?.columns) return json;
  return { ...json, ...pick(nodeFromRow({ ...EMPTY_NODE, ...kept.columns }), kept.columns) };
}

function withoutKept(context: Context, { id, type, data }: GraphNode, place: number): LegacyNodeJson {
  const upper = type.toUpperCase();
  return {
    id: legacyNodeId(context, id),
    scriptVersionId: context.versionId,
    key: id,
    type: LEGACY_TYPES.has(upper) ? upper : "MESSAGE",
    title: typeof data["title"] === "string" ? data["title"] : null,
    prompt: typeof data["prompt"] === "string" ? data["prompt"] : null,
    uiSchema: data["uiSchema"] ?? null,
    config: sortMembers(toLegacyConfig(data)),
    orderIndex: typeof data["orderIndex"] === "number" ? data["orderIndex"] : place,
  };
}

/** The config with what moved up into data when the node was mapped. */
function toLegacyConfig({ config = null, options, variable }: GraphNode["data"]): Json {
  if (options === undefined && variable === undefined) return config;
  if (config !== null && !isObject(config)) return config;
  return {
    ...config,
    ...(options === undefined ? {} : { options }),
    ...(variable === undefined ? {} : { variable }),
  };
}

function toLegacyEdge(context: Context, { id, source, target, data }: GraphEdge): LegacyEdgeJson {
  const kept = context.facts && own(context.facts.edges, id);
  const json: LegacyEdgeJson = {
    id: kept?.id ?? derivedId("edge", context.versionId, id),
    scriptVersionId: context.versionId,
    fromNodeId: legacyNodeId(context, source),
    toNodeId: legacyNodeId(context, target),
    condition: data["condition"] ?? null,
  };
  if (!kept?.columns) return json;
  return { ...json, ...pick(edgeFromRow({ ...EMPTY_EDGE, ...kept.columns }), kept.columns) };
}

function toLegacyVariable(context: Context, definition: VariableDef): LegacyVariableJson {
  const kept = context.facts && own(context.facts.variables, definition.key);
  const json: LegacyVariableJson = {
    id: kept?.id ?? derivedId("variable", context.versionId, definition.key),
    scriptVersionId: context.versionId,
    key: definition.key,
    type: definition.type,
    enumValues: definition.enumValues ?? [],
    defaultVal: toLegacyDefault(definition.defaultVal),
    required: definition.required,
  };
  return kept?.columns ? { ...json, ...kept.columns } : json;
}

function legacyNodeId({ versionId, facts }: Context, nodeId: string): string {
  return (facts && own(facts.nodes, nodeId)?.id) ?? derivedId("node", versionId, nodeId);
}

/**
 * The facts of a version that was mapped: of each row its id, and the columns that the answer from the document
 * alone would get wrong. So nothing has to be remembered by hand, and what follows is not stored twice.
 */
export function keepFacts(
  document: ScriptDocument,
  row: VersionFacts["row"],
  rows: {
    readonly nodes: ReadonlyMap<string, LegacyNodeRow>;
    readonly edges: ReadonlyMap<string, LegacyEdgeRow>;
    readonly variables: ReadonlyMap<string, LegacyVariableRow>;
    readonly leftOutEdges: readonly LegacyEdgeRow[];
  },
): VersionFacts {
  const bare: VersionFacts = {
    row,
    nodes: mapValues(rows.nodes, ({ id }) => ({ id })),
    edges: mapValues(rows.edges, ({ id }) => ({ id })),
    variables: mapValues(rows.variables, ({ id }) => ({ id })),
    leftOutEdges: rows.leftOutEdges,
  };
  const context: Context = { versionId: row.id, facts: bare };
  const { graphJson, variablesDef } = document;
  return {
    ...bare,
    nodes: Object.fromEntries(
      graphJson.nodes.flatMap((node, place) => {
        const legacy = rows.nodes.get(node.id);
        if (!legacy) return [];
        return [[node.id, keep(legacy, nodeFromRow(legacy), toLegacyNode(context, node, place))]];
      }),
    ),
    edges: Object.fromEntries(
      graphJson.edges.flatMap((edge) => {
        const legacy = rows.edges.get(edge.id);
        if (!legacy) return [];
        return [[edge.id, keep(legacy, edgeFromRow(legacy), toLegacyEdge(context, edge))]];
      }),
    ),
    variables: Object.fromEntries(
      variablesDef.flatMap((definition) => {
        const legacy = rows.variables.get(definition.key);
        if (!legacy) return [];
        const answered = toLegacyVariable(context, definition);
        return [[definition.key, keep(legacy, variableFromRow(legacy), answered)]];
      }),
    ),
  };
}

function keep<Row extends { readonly id: string }>(row: Row, wanted: object, answered: object): Kept<Row> {
  const columns: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (!sameJson(value, (answered as Record<string, unknown>)[name]))
      columns[name] = (row as Record<string, unknown>)[name];
  }
  const { id } = row;
  return Object.keys(columns).length === 0 ? { id } : { id, columns: columns as Partial<Row> };
}

/** Of an answer the members that `columns` names. */
function pick<T extends object>(answer: T, columns: object): Partial<T> {
  return Object.fromEntries(
    Object.entries(answer).filter(([name]) => Object.hasOwn(columns, name)),
  ) as Partial<T>;
}

function mapValues<T, U>(map: ReadonlyMap<string, T>, change: (value: T) => U): { [key: string]: U } {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]));
}

function own<T>(record: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

const EMPTY_NODE: LegacyNodeRow = {
  id: "",
  scriptVersionId: "",
  key: "",
  type: "MESSAGE",
  title: null,
  prompt: null,
  uiSchema: null,
  config: null,
  orderIndex: 0,
};
const EMPTY_EDGE: LegacyEdgeRow = {
  id: "",
  scriptVersionId: "",
  fromNodeId: "",
  toNodeId: "",
  condition: null,
  fromVersionId: null,
  toVersionId: null,
};
