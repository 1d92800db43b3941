import type { Json } from "../kernel/canonicalJson.ts";
import type { Snapshot } from "../scripts/snapshot.ts";
import type { ScriptState } from "../scripts/state.ts";
import type { ActorType, PatchOperation, StoredCommand } from "../scripts/storedCommand.ts";

/** A command of the log with what versions and audit rows need beside the replay. */
export interface TailCommand extends StoredCommand {
  readonly commandId: string;
  readonly batchId: string;
  readonly actorType: ActorType;
  readonly actorId: string;
  readonly onBehalfOf: string | null;
  readonly correlationId: string;
  readonly note: string | null;
  readonly patch: readonly PatchOperation[];
  readonly createdAt: Date;
}

/** The working draft's row as the last materialization left it. */
export interface OpenVersion {
  readonly version: number;
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly stateHash: string;
  readonly createdById: string;
  readonly createdAt: Date;
}

/** Where the last materialization ended. */
export interface MaterializationBase {
  readonly state: ScriptState;
  /** The stream's materializedSequence; state is the state right after it. */
  readonly sequence: number;
  /** Null when the last materialized command sealed a version, and before the first command. */
  readonly openVersion: OpenVersion | null;
}

/** A version row as it must be after this materialization. */
export interface PlannedVersion {
  /** Whether the row is there and is moved on; else it is created. */
  readonly exists: boolean;
  readonly version: number;
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly snapshot: Snapshot;
  readonly changelog: string | null;
  readonly sealedAt: Date | null;
  /** Who sealed it and when; while it is open, who made its first edit and when. */
  readonly createdById: string;
  readonly createdAt: Date;
  readonly reducerVersion: number;
}

export type AuditAction = "CREATE" | "UPDATE" | "PUBLISH" | "ARCHIVE" | "ROLLBACK";

/** Who did what: one batch of commands. */
export interface AuditRow {
  readonly id: string;
  /** The version whose range covers the batch's last command. */
  readonly version: number;
  readonly batchId: string;
  readonly actorType: ActorType;
  readonly actorId: string;
  readonly onBehalfOf: string | null;
  readonly action: AuditAction;
  /** The batch's patches in order. */
  readonly diffJson: readonly PatchOperation[];
  readonly note: string | null;
  readonly correlationId: string;
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly createdAt: Date;
}

/** What a command did to the versions, for those who listen. */
export interface PlannedEvent {
  readonly type:
    | "Scripts.VersionSealed.v1"
    | "Scripts.VersionPublished.v1"
    | "Scripts.VersionUnpublished.v1"
    | "Scripts.RolledBack.v1";
  /** Sealed, published or taken back; of a rollback the one that the draft became again. */
  readonly version: number;
  readonly command: TailCommand;
  /** What only this type says. */
  readonly more: { readonly [key: string]: Json };
}

/** Everything that one materialization writes. */
export interface Materialization {
  readonly toSequence: number;
  /** In order; the last one may be open. */
  readonly versions: readonly PlannedVersion[];
  readonly auditRows: readonly AuditRow[];
  /** In order of the log. */
  readonly events: readonly PlannedEvent[];
  readonly latestVersion: number;
  readonly activeVersion: number | null;
  /** Whether the script's pointers or published flags differ from the base. */
  readonly pointersMoved: boolean;
  /** The base of the next materialization. */
  readonly next: MaterializationBase;
}
