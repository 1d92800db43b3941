import type { Json } from "../kernel/canonicalJson.ts";

/*
 * What the legacy routes answer: the rows as the service's ORM gave them, a version with its nodes, edges and
 * variables. Times are ISO 8601, null where no Date can hold them. Lists have an order: nodes by orderIndex and
 * key, edges as they are tried (see mapEdges), then what leads nowhere by id, variables by key.
 *
 *   GET  /guidance/scripts/:key          LegacyScriptAnswer; of several ACTIVE versions the highest
 *   POST /guidance/scripts/:key/run      LegacyRunAnswer
 *   POST /guidance/runs/:id/answer       LegacyAnswerAnswer
 *   POST /guidance/runs/:id/advance      LegacyAdvanceAnswer
 *   POST /guidance/scripts/:id/publish   LegacyVersionSummary
 */

export interface LegacyNodeJson {
  readonly id: string;
  readonly scriptVersionId: string;
  readonly key: string;
  readonly type: string;
  readonly title: string | null;
  readonly prompt: string | null;
  readonly uiSchema: Json;
  readonly config: Json;
  readonly orderIndex: number;
}

export interface LegacyEdgeJson {
  readonly id: string;
  readonly scriptVersionId: string;
  readonly fromNodeId: string;
  readonly toNodeId: string;
  readonly condition: Json;
}

export interface LegacyVariableJson {
  readonly id: string;
  readonly scriptVersionId: string;
  readonly key: string;
  readonly type: string;
  readonly enumValues: readonly string[];
  readonly defaultVal: string | null;
  readonly required: boolean;
}

export interface LegacyVersionSummary {
  readonly id: string;
  readonly scriptId: string;
  readonly version: number;
  readonly status: string;
  readonly entryNodeId: string | null;
  readonly notes: string | null;
  readonly createdAt: string | null;
  readonly publishedAt: string | null;
}

export interface LegacyVersionJson extends LegacyVersionSummary {
  readonly nodes: readonly LegacyNodeJson[];
  readonly edges: readonly LegacyEdgeJson[];
  readonly variables: readonly LegacyVariableJson[];
}

export interface LegacyScriptJson {
  readonly id: string;
  readonly tenantId: string | null;
  readonly key: string;
  readonly title: string;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly latestVersion: number;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

export interface LegacyScriptAnswer extends LegacyScriptJson {
  /** The ACTIVE version. */
  readonly version: LegacyVersionJson;
}

export interface LegacyRunJson {
  readonly id: string;
  readonly tenantId: string | null;
  readonly scriptId: string;
  readonly scriptVersion: number;
  readonly subjectSchema: string | null;
  readonly subjectModel: string | null;
  readonly subjectId: string | null;
  readonly startedByUserId: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly state: Json;
}

export interface LegacyRunAnswer {
  readonly run: LegacyRunJson;
  /** Where the run stands; null when its version has no nodes. */
  readonly node: LegacyNodeJson | null;
}

export interface LegacyAnswerAnswer {
  readonly id: string;
  readonly runId: string;
  readonly nodeKey: string;
  readonly value: Json;
  readonly answeredAt: string | null;
}

export interface LegacyAdvanceAnswer {
  readonly run: LegacyRunJson;
  readonly node: LegacyNodeJson | null;
  /** Whether the run came to its end with this step. */
  readonly completed: boolean;
  /** The command of the ACTION node that was come to; null when it is none. */
  readonly dispatched: { readonly command: string; readonly payload: Json } | null;
}
