import type { Operation } from "fast-json-patch";
import type { Json } from "../kernel/canonicalJson.ts";
import type { EdgeState, NodeState, VariableState } from "./state.ts";

export type ActorType = "USER" | "AI_AGENT" | "SYSTEM" | "BACKFILL";

export interface Actor {
  readonly type: ActorType;
  readonly id: string;
  readonly onBehalfOf?: string;
}

/** One row of the log, as replay needs it. */
export interface StoredCommand {
  readonly sequence: number;
  readonly type: string;
  readonly typeVersion: number;
  readonly payload: { readonly [key: string]: Json };
  readonly facts: Facts;
}

/**
 * What decide could not know by itself. The shell supplies it, the log keeps it, and evolve reads it again,
 * so that a replay in five years makes the same document.
 */
export interface Facts {
  /** RollbackToVersion: the document of the version that is rolled back to. */
  readonly document?: ScriptDocument;
}

export type PatchOperation = Extract<Operation, { op: "add" | "remove" | "replace" }>;

/** The two documents of a version, as clients see them. */
export interface ScriptDocument {
  readonly graphJson: GraphJson;
  readonly variablesDef: readonly VariableDef[];
}

/** Loads into React Flow as it is. */
export interface GraphJson {
  readonly schemaVersion: 1;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly viewport: { readonly x: number; readonly y: number; readonly zoom: number };
  readonly entryNodeId: string | null;
}

export type GraphNode = Omit<NodeState, "order">;
export type GraphEdge = Omit<EdgeState, "order">;
export type VariableDef = Omit<VariableState, "order">;
