import type { ScriptDocument } from "../scripts/storedCommand.ts";
import type { ScriptFacts, VersionFacts } from "./legacyFacts.ts";
import type { MappedDetails } from "./mapDetails.ts";
import type { QuarantinedRow, RowFinding } from "./reasons.ts";

export interface PlanOptions {
  /** When the legacy tables were frozen. Later times are wrong ones. Stays the same over repeats, else plans would differ. */
  readonly asOf: Date;
  /** The tenant of scripts that have none; without it they stay behind. */
  readonly tenantForNull?: string;
  /** Whether the slug of the key is another script's: then the script's is made of key and id. */
  readonly isSlugTaken?: boolean;
}

/** A command of a plan, in the form in which commands are submitted. Its id is the same on every repeat. */
export interface PlannedCommand {
  readonly commandId: string;
  readonly command: string;
  readonly payload: unknown;
}

/** Commands to submit together, as the move. */
export interface PlanStep {
  /** When the legacy service did it: the rows' createdAt. Never before the step before it. */
  readonly at: Date;
  readonly note: string;
  readonly commands: readonly PlannedCommand[];
}

export interface PlannedVersion {
  readonly version: number;
  readonly document: ScriptDocument;
  readonly changelog: string | null;
  readonly createdAt: Date;
  /** Null: the number was missing in the legacy table, and this version stands in its place. */
  readonly facts: VersionFacts | null;
}

export interface IdMapEntry {
  readonly legacyTable: string;
  readonly legacyId: string;
  readonly tenantId: string;
  readonly kind: "script" | "slug" | "version" | "run" | "answer";
  /** Of a version: <script id>/<version number>; of an answer: <run id>/<ordinal in its log>. */
  readonly newId: string;
}

export type ScriptPlan =
  | {
      /** Nothing of it can be moved. */
      readonly kind: "blocked";
      readonly quarantined: readonly QuarantinedRow[];
      readonly findings: readonly RowFinding[];
    }
  | {
      readonly kind: "planned";
      readonly tenantId: string;
      readonly scriptId: string;
      readonly details: MappedDetails;
      readonly steps: readonly PlanStep[];
      /** 1..n without gaps: what the steps lead to. */
      readonly versions: readonly PlannedVersion[];
      readonly activeVersion: number | null;
      readonly facts: ScriptFacts;
      readonly idMap: readonly IdMapEntry[];
      /** Rows that stay behind while the rest moves. */
      readonly quarantined: readonly QuarantinedRow[];
      readonly findings: readonly RowFinding[];
    };
