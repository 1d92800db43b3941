import type { Json } from "../kernel/canonicalJson.ts";

/**
 * Version of the reducer: the rules by which a command changes the state. Raise it when an old log would
 * replay to another state than before; snapshots of another reducer version are not resumed from.
 */
export const REDUCER_VERSION = 1;

export type ScriptStatus = "DRAFT" | "PUBLISHED" | "ARCHIVED";

export interface Position {
  readonly x: number;
  readonly y: number;
}

/** A React Flow node, keyed by its id in ScriptState.nodes. */
export interface NodeState {
  readonly id: string;
  readonly type: string;
  readonly position: Position;
  readonly data: { readonly [key: string]: Json };
  readonly parentId?: string;
  readonly width?: number;
  readonly height?: number;
  /** Place among its siblings: lists are sorted by it. A new entity gets the highest order + 1. */
  readonly order: number;
}

/** A React Flow edge, keyed by its id in ScriptState.edges. data holds condition (JSON-logic) and priority. */
export interface EdgeState {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly sourceHandle?: string;
  readonly targetHandle?: string;
  readonly label?: string;
  readonly data: { readonly [key: string]: Json };
  readonly order: number;
}

export type VariableType = "string" | "number" | "boolean" | "enum" | "date" | "json";

/** A declared variable, keyed by its key in ScriptState.variables. */
export interface VariableState {
  readonly key: string;
  readonly type: VariableType;
  readonly required: boolean;
  readonly enumValues?: readonly string[];
  readonly defaultVal?: Json;
  readonly label?: string;
  readonly description?: string;
  readonly order: number;
}

export interface ScriptDetails {
  readonly name: string;
  readonly slug: string;
  readonly description: string | null;
  readonly labels: readonly string[];
  readonly intents: readonly string[];
  readonly languageCodes: readonly string[];
  readonly embeddingKey: string | null;
}

/** A sealed version as the log knows it, keyed by its number in ScriptState.versions. */
export interface SealedVersion {
  readonly version: number;
  /** Sequence of its CommitVersion command: the last sequence the version covers. */
  readonly toSequence: number;
}

/**
 * Everything the log says about one script, keyed by id so that patches say /nodes/n_q1/data/title and
 * merge. Arrays are replaced whole, never edited by index. Optional members are absent, never undefined.
 *
 * Stored patches apply to exactly this shape. The sequence is not part of it: it belongs to the stream.
 */
export interface ScriptState {
  readonly details: ScriptDetails;
  readonly status: ScriptStatus;
  readonly nodes: { readonly [id: string]: NodeState };
  readonly edges: { readonly [id: string]: EdgeState };
  readonly variables: { readonly [key: string]: VariableState };
  readonly viewport: { readonly x: number; readonly y: number; readonly zoom: number };
  readonly entryNodeId: string | null;
  readonly versions: { readonly [version: string]: SealedVersion };
  /** The highest sealed version number; 0 before the first. */
  readonly latestVersion: number;
  /** The published version's number. */
  readonly activeVersion: number | null;
  /** Whether the graph or the variables changed since the latest sealed version. */
  readonly draftChanged: boolean;
}
