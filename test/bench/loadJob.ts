/** Where edits go. Nodes are called n0, n1, ... */
export interface Target {
  readonly url: string;
  readonly tenantId: string;
  readonly scriptIds: readonly string[];
  readonly nodesPerScript: number;
}

interface ClosedLoop {
  readonly connections: number;
  readonly seconds: number;
}

/** Edits offered per second, whatever the answers take. */
interface Paced {
  readonly target: Target;
  readonly rate: number;
  readonly seconds: number;
}

/** What an event stream is asked for: all that happens to the tenant, or what happens to one of the scripts. */
export type Follows = "tenant" | "script";

/** What the load process is asked to do. */
export type LoadJob =
  /** Each connection sends its next edit when the last one is answered. */
  | ({ readonly kind: "edits"; readonly target: Target } & ClosedLoop)
  /** Each connection sends its next generic command when the last one is taken in. */
  | ({ readonly kind: "commands"; readonly url: string; readonly tenantId: string } & ClosedLoop)
  /** Each connection inserts its next row when the last one is on disk. */
  | ({ readonly kind: "floor"; readonly databaseUrl: string } & ClosedLoop)
  /** Edits at a fixed rate, and when each of them was materialized. */
  | ({ readonly kind: "paced"; readonly databaseUrl: string } & Paced)
  /** Edits at a fixed rate, and when each stream was told of them. */
  | ({ readonly kind: "streams"; readonly streams: number; readonly follows: Follows } & Paced)
  /** Opens event streams and leaves them open, in place of those that are; 0 closes them. */
  | { readonly kind: "hold"; readonly url: string; readonly tenantId: string; readonly streams: number };

export interface LoadResult {
  /** Answered in the time of the measurement. */
  readonly done: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface PacedResult extends LoadResult {
  /** From the answer to an edit until its sequence was seen materialized. */
  readonly lag: {
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
    readonly missing: number;
  };
}

export interface StreamsResult extends LoadResult {
  /** From the moment an edit was due until a stream brought its event. */
  readonly delivery: {
    readonly count: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
    readonly missing: number;
    readonly doubled: number;
  };
}

/** What each kind of job answers. */
export interface LoadResults {
  readonly edits: LoadResult;
  readonly commands: LoadResult;
  readonly floor: LoadResult;
  readonly paced: PacedResult;
  readonly streams: StreamsResult;
  readonly hold: { readonly open: number };
}
