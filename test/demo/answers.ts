import type { SubmitResult } from "../../src/commands/submission.ts";
import type { Refusal } from "../../src/scripts/command.ts";
import type {
  Actor,
  PatchOperation,
  ScriptDocument,
  StoredCommand,
} from "../../src/scripts/storedCommand.ts";

/*
 * What the demo reads of the API's answers.
 */

export type BatchAnswer = SubmitResult & Partial<ProblemAnswer>;

interface ProblemAnswer {
  readonly code: string;
  readonly message: string;
  readonly details: {
    readonly head?: number;
    readonly missed?: readonly {
      readonly sequence: number;
      readonly command: string;
      readonly actor: Actor;
    }[];
    readonly touched?: readonly string[];
    readonly overlap?: readonly string[];
    readonly refusals?: readonly Refusal[];
  };
}

export interface ScriptAnswer {
  readonly id: string;
  readonly slug: string;
  readonly status: string;
  readonly latestVersion: number;
  readonly headSequence: number;
  readonly materializedSequence: number;
  readonly activeVersion?: VersionAnswer | null;
}

export interface VersionAnswer extends ScriptDocument {
  readonly id: string;
  readonly version: number;
  readonly isPublished: boolean;
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly graphHash: string;
  readonly stateHash: string;
  readonly sealedAt: string | null;
}

export interface GraphAnswer extends ScriptDocument {
  readonly sequence: number;
  readonly headSequence: number;
  readonly graphHash: string;
}

export interface LoggedCommand extends Pick<StoredCommand, "sequence" | "payload" | "facts"> {
  readonly id: string;
  readonly commandId: string;
  readonly batchId: string;
  /** Such as Scripts.AddNode.v1. */
  readonly command: string;
  readonly patch: readonly PatchOperation[];
  readonly inversePatch: readonly PatchOperation[];
  readonly actor: Actor;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly note: string | null;
  readonly reducerVersion: number;
  readonly chainHash: string;
  readonly createdAt: string;
}

export interface LogPage {
  readonly headSequence: number;
  readonly commands: readonly LoggedCommand[];
  readonly nextAfter: number | null;
}

export interface AuditPage {
  readonly entries: readonly {
    readonly action: string;
    readonly actor: Actor;
    readonly fromSequence: number;
    readonly toSequence: number;
    readonly version: number;
    readonly note: string | null;
  }[];
  readonly nextCursor: string | null;
}
