/** Something that an author should look at. A version whose document has errors cannot be published. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  /** Path in the id-keyed state: /nodes/n_1, /edges/e_3/data/condition, /entryNodeId. */
  readonly path: string;
}

/** A finding that keeps a version from being published. */
export function error(code: string, path: string, message: string): Finding {
  return { severity: "error", code, path, message };
}

/** A finding that an author may leave as it is. */
export function warning(code: string, path: string, message: string): Finding {
  return { severity: "warning", code, path, message };
}
