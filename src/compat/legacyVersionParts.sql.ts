import { Prisma } from "../db/generated/client.ts";
import type {
  LegacyEdgeRow,
  LegacyNodeRow,
  LegacyVariableRow,
  LegacyVersion,
  LegacyVersionRow,
} from "../guidance/legacyRows.ts";
import { LIMITS } from "../scripts/document/limits.ts";
import { milliseconds } from "./milliseconds.ts";

type ReadTx = Pick<Prisma.TransactionClient, "$queryRaw">;

export type CountedVersionRow = LegacyVersionRow & {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly variableCount: number;
};

/** Of guidance."Script". */
export const SCRIPT_COLUMNS = Prisma.sql`"id", "tenantId", "key", "title", "description",
  coalesce("tags", '{}') as "tags", "latestVersion",
  ${milliseconds(Prisma.sql`"createdAt"`)}, ${milliseconds(Prisma.sql`"updatedAt"`)}`;

/** Of guidance."ScriptVersion". */
export const VERSION_COLUMNS = Prisma.sql`"id", "scriptId", "version", "status", "entryNodeId", "notes",
  ${milliseconds(Prisma.sql`"createdAt"`)}, ${milliseconds(Prisma.sql`"publishedAt"`)}`;

/** How many rows belong to a "version". */
export const COUNTS = Prisma.sql`
  (select count(*)::int from guidance."ScriptNode" where "scriptVersionId" = version."id") as "nodeCount",
  (select count(*)::int from guidance."ScriptEdge" where "scriptVersionId" = version."id") as "edgeCount",
  (select count(*)::int from guidance."ScriptVariable" where "scriptVersionId" = version."id") as "variableCount"`;

/**
 * The rows that belong to versions; of one that has more than a script may have only their number, unless `whole`
 * says otherwise.
 */
export async function readParts(
  tx: ReadTx,
  versions: readonly CountedVersionRow[],
  whole = false,
): Promise<LegacyVersion[]> {
  const ids = versions.filter((version) => whole || !isTooLarge(version)).map(({ id }) => id);
  const nodes = groupByVersion(await readNodes(tx, ids));
  const edges = groupByVersion(await readEdges(tx, ids));
  const variables = groupByVersion(await readVariables(tx, ids));
  return versions.map((version) => {
    const { nodeCount, edgeCount, variableCount, ...row } = version;
    const parts = {
      row,
      nodes: nodes.get(row.id) ?? [],
      edges: edges.get(row.id) ?? [],
      variables: variables.get(row.id) ?? [],
    };
    if (whole || !isTooLarge(version)) return parts;
    return { ...parts, tooLarge: { nodes: nodeCount, edges: edgeCount, variables: variableCount } };
  });
}

function isTooLarge({ nodeCount, edgeCount, variableCount }: CountedVersionRow): boolean {
  return nodeCount > LIMITS.nodes || edgeCount > LIMITS.edges || variableCount > LIMITS.variables;
}

async function readNodes(tx: ReadTx, versionIds: readonly string[]): Promise<LegacyNodeRow[]> {
  return tx.$queryRaw<LegacyNodeRow[]>`
    select "id", "scriptVersionId", "key", "type"::text as "type", "title", "prompt",
      "uiSchema"::text as "uiSchema", "config"::text as "config", "orderIndex"
    from guidance."ScriptNode"
    where "scriptVersionId" = any(${versionIds}::text[])`;
}

async function readEdges(tx: ReadTx, versionIds: readonly string[]): Promise<LegacyEdgeRow[]> {
  return tx.$queryRaw<LegacyEdgeRow[]>`
    select edge."id", edge."scriptVersionId", edge."fromNodeId", edge."toNodeId",
      edge."condition"::text as "condition",
      source."scriptVersionId" as "fromVersionId", target."scriptVersionId" as "toVersionId"
    from guidance."ScriptEdge" as edge
    left join guidance."ScriptNode" as source on source."id" = edge."fromNodeId"
    left join guidance."ScriptNode" as target on target."id" = edge."toNodeId"
    where edge."scriptVersionId" = any(${versionIds}::text[])`;
}

async function readVariables(tx: ReadTx, versionIds: readonly string[]): Promise<LegacyVariableRow[]> {
  return tx.$queryRaw<LegacyVariableRow[]>`
    select "id", "scriptVersionId", "key", "type", coalesce("enumValues", '{}') as "enumValues", "defaultVal",
      "required"
    from guidance."ScriptVariable"
    where "scriptVersionId" = any(${versionIds}::text[])`;
}

function groupByVersion<T extends { readonly scriptVersionId: string }>(
  rows: readonly T[],
): Map<string, T[]> {
  return Map.groupBy(rows, ({ scriptVersionId }) => scriptVersionId);
}
