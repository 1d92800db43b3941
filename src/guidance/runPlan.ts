import type { RunState } from "../runs/runState.ts";
import type { LogEntry } from "../runs/trace.ts";
import type { TypedValue } from "../runs/typedValue.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import type { RunFacts } from "./legacyFacts.ts";
import type { QuarantinedRow, RowFinding } from "./reasons.ts";
import type { IdMapEntry } from "./scriptPlan.ts";

/** What became of the run's script. */
export type RunContext =
  | { readonly kind: "script_missing" }
  | { readonly kind: "script_not_moved" }
  | {
      readonly kind: "moved";
      readonly tenantId: string;
      readonly scriptId: string;
      /** The document of the version that the run names; undefined when legacy guidance had no such version. */
      readonly document: ScriptDocument | undefined;
    };

/** A row of scripts.ScriptRun but for tenantId. */
export interface PlannedRun {
  readonly id: string;
  readonly scriptId: string;
  readonly version: number;
  readonly status: "RUNNING" | "SUCCEEDED";
  readonly startedById: string | null;
  readonly connectorType: null;
  readonly connectorKey: null;
  readonly subjectSchema: string | null;
  readonly subjectModel: string | null;
  readonly subjectId: string | null;
  readonly correlationId: string;
  readonly currentNodeId: string | null;
  /** Null when nobody knows where the run stands. */
  readonly state: RunState | null;
  readonly logLength: number;
  readonly startedAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
}

/** A row of scripts.RunVariable but for tenantId and runId. Exactly one value is set; jsonVal may be JSON's null. */
export interface PlannedVariable extends TypedValue {
  readonly id: string;
  readonly key: string;
  readonly updatedAt: Date;
}

/** A row of scripts.ScriptRunLog but for tenantId and runId. */
export interface PlannedLogEntry {
  readonly ordinal: number;
  readonly requestId: string;
  readonly actorId: string;
  readonly entry: LogEntry;
  readonly occurredAt: Date;
}

export type RunPlan =
  | {
      readonly kind: "blocked";
      readonly quarantined: readonly QuarantinedRow[];
      readonly findings: readonly RowFinding[];
    }
  | {
      readonly kind: "planned";
      readonly tenantId: string;
      readonly run: PlannedRun;
      readonly variables: readonly PlannedVariable[];
      readonly log: readonly PlannedLogEntry[];
      readonly facts: RunFacts;
      readonly idMap: readonly IdMapEntry[];
      readonly quarantined: readonly QuarantinedRow[];
      readonly findings: readonly RowFinding[];
    };
