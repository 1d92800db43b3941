import type { OpsStore } from "../frame/store.ts";

/** One thing that was looked at. */
export interface Diagnosis {
  readonly what: string;
  /** note: worth knowing, and no reason to worry by itself. */
  readonly result: "ok" | "note" | "bad";
  readonly says: string;
}

export type Diagnose = (store: OpsStore, now: () => Date) => Promise<readonly Diagnosis[]>;
