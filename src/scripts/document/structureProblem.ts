/** Why a document cannot be stored. */
export interface StructureProblem {
  /** Stable, machine-readable reason such as node_not_found. */
  readonly code: string;
  /**
   * RFC 6901 pointer. checkStructure: into the id-keyed document (/nodes/n_1/parentId). The checks of one
   * entity: into that entity (/parentId).
   */
  readonly path: string;
  /** What is wrong and the way out, for a person. */
  readonly message: string;
}
