import type {
  LegacyEdgeRow,
  LegacyNodeRow,
  LegacyRunRow,
  LegacyScriptRow,
  LegacyVariableRow,
  LegacyVersionRow,
} from "./legacyRows.ts";

/*
 * What legacy rows hold and canonical ones have no place for: old ids, statuses, times that were repaired, texts
 * that were cut. Plain JSON without U+0000; the engine keeps it beside the id map, and with it the legacy answers
 * stay what they were. JSON columns are kept as their text.
 */

/** The legacy columns whose value does not follow from the canonical data. */
export interface Kept<Row> {
  readonly id: string;
  readonly columns?: Partial<Row>;
}

export interface ScriptFacts {
  readonly row: LegacyScriptRow;
  /** As it was moved. Where the canonical script says something else by now, that is answered. */
  readonly moved: {
    readonly name: string;
    readonly description: string | null;
    readonly labels: readonly string[];
  };
  /** The highest version that was moved. With a higher one latestVersion and updatedAt are the canonical ones. */
  readonly latestVersion: number;
}

export interface VersionFacts {
  readonly row: LegacyVersionRow;
  /** By node id. A node of the document that is not here was added and is not answered. */
  readonly nodes: { readonly [nodeId: string]: Kept<LegacyNodeRow> };
  readonly edges: { readonly [edgeId: string]: Kept<LegacyEdgeRow> };
  readonly variables: { readonly [key: string]: Kept<LegacyVariableRow> };
  /** Edges that were not moved, by id. They are answered and never taken. */
  readonly leftOutEdges: readonly LegacyEdgeRow[];
}

export interface RunFacts {
  readonly row: LegacyRunRow;
  /** Rows of the log that were written with the run. With more the run went on, and its own state is answered. */
  readonly logLength: number;
}
