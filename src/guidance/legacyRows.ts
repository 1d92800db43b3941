/*
 * Rows of the legacy schema as its readers hand them out: nothing is interpreted on the way. JSON columns are
 * text, because a parser would hide what is wrong in them, and times are numbers in text, because a Date can
 * hold neither infinity nor all years that PostgreSQL can.
 */

/** Milliseconds since 1970 UTC in decimal digits, "infinity" or "-infinity". */
export type LegacyTime = string;

export type LegacyNodeType = "START" | "MESSAGE" | "QUESTION" | "CHOICE" | "CONDITION" | "ACTION" | "END";

export interface LegacyScriptRow {
  readonly id: string;
  readonly tenantId: string | null;
  readonly key: string;
  readonly title: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly latestVersion: number;
  readonly createdAt: LegacyTime;
  readonly updatedAt: LegacyTime;
}

export interface LegacyVersionRow {
  readonly id: string;
  readonly scriptId: string;
  readonly version: number;
  /** Free text. ACTIVE is served to clients; DRAFT and ARCHIVED are what else the service wrote. */
  readonly status: string;
  /** Id of a node, not its key. No foreign key holds it. */
  readonly entryNodeId: string | null;
  readonly notes: string | null;
  readonly createdAt: LegacyTime;
  readonly publishedAt: LegacyTime | null;
}

export interface LegacyNodeRow {
  readonly id: string;
  readonly scriptVersionId: string;
  readonly key: string;
  readonly type: LegacyNodeType;
  readonly title: string | null;
  readonly prompt: string | null;
  /** JSON text. */
  readonly uiSchema: string | null;
  /** JSON text of a json column: it may hold \u0000, half surrogate pairs and a key twice. */
  readonly config: string | null;
  readonly orderIndex: number;
}

export interface LegacyEdgeRow {
  readonly id: string;
  readonly scriptVersionId: string;
  readonly fromNodeId: string;
  readonly toNodeId: string;
  /** JSON text. */
  readonly condition: string | null;
  /** The version that the node at this end belongs to, joined by the reader; null when there is no such node. */
  readonly fromVersionId: string | null;
  readonly toVersionId: string | null;
}

export interface LegacyVariableRow {
  readonly id: string;
  readonly scriptVersionId: string;
  readonly key: string;
  /** Free text. */
  readonly type: string;
  readonly enumValues: readonly string[];
  readonly defaultVal: string | null;
  readonly required: boolean;
}

export interface LegacyRunRow {
  readonly id: string;
  readonly tenantId: string | null;
  readonly scriptId: string;
  readonly scriptVersion: number;
  readonly subjectSchema: string | null;
  readonly subjectModel: string | null;
  readonly subjectId: string | null;
  readonly startedByUserId: string | null;
  readonly startedAt: LegacyTime;
  readonly completedAt: LegacyTime | null;
  /** JSON text of { cursor: key of a node, vars: { key: value } } and whatever else a client put there. */
  readonly state: string | null;
}

export interface LegacyAnswerRow {
  readonly id: string;
  readonly runId: string;
  readonly nodeKey: string;
  /** JSON text of a json column. */
  readonly value: string;
  readonly answeredAt: LegacyTime;
}

/** A version with what belongs to it. The lists are in no particular order. */
export interface LegacyVersion {
  readonly row: LegacyVersionRow;
  readonly nodes: readonly LegacyNodeRow[];
  readonly edges: readonly LegacyEdgeRow[];
  readonly variables: readonly LegacyVariableRow[];
  /** Set when the version has more rows than a script may have: then the lists are empty, to keep memory bounded. */
  readonly tooLarge?: { readonly nodes: number; readonly edges: number; readonly variables: number };
}

export interface LegacyScript {
  readonly row: LegacyScriptRow;
  /** By version number. */
  readonly versions: readonly LegacyVersion[];
}

export interface LegacyRun {
  readonly row: LegacyRunRow;
  /** In no particular order. */
  readonly answers: readonly LegacyAnswerRow[];
}

export type LegacyTable =
  "Script" | "ScriptVersion" | "ScriptNode" | "ScriptEdge" | "ScriptVariable" | "ScriptRun" | "ScriptAnswer";
