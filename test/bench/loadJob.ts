/** Where edits go. Nodes are called n0, n1, ... */
export interface Target {
  readonly url: string;
  readonly tenantId: string;
  readonly scriptIds: readonly string[];
  readonly nodesPerScript: number;
}

/** What the load process is asked to do. */
export type LoadJob =
  /** Each connection sends its next edit when the last one is answered. */
  | {
      readonly kind: "edits";
      readonly target: Target;
      readonly connections: number;
      readonly seconds: number;
    }
  /** Each connection inserts its next row when the last one is on disk. */
  | {
      readonly kind: "floor";
      readonly databaseUrl: string;
      readonly connections: number;
      readonly seconds: number;
    }
  /** Edits at a fixed rate, whatever the answers take, and when each of them was materialized. */
  | {
      readonly kind: "paced";
      readonly target: Target;
      readonly databaseUrl: string;
      readonly rate: number;
      readonly seconds: number;
    };

export interface LoadResult {
  /** Answered in the time of the measurement. */
  readonly done: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of paced edits: from the answer to the edit until its sequence was seen materialized. */
  readonly lag?: {
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
    readonly missing: number;
  };
}
