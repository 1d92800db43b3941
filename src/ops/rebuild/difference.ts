import type { ScriptKey } from "../../log/logRow.ts";

/** Something about a script that is not what its log gives. */
export interface Difference extends ScriptKey {
  /** A version's row; the pointers to versions and the marks of the published one; the rest of the script's row. */
  readonly what: "script" | "stream" | "version" | "pointers" | "listing";
  /** Null: not of one version. */
  readonly version: number | null;
  readonly isSealed: boolean;
  /** "missing", or the members that differ. */
  readonly difference: string;
  /** Why it was kept as it is; null when it was put right, or would be. */
  readonly keptBecause: string | null;
  /** Whether versions and pointers stay as they are because of it. */
  readonly blocks: boolean;
}
