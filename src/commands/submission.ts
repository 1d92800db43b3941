import type { Role } from "../access/role.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import type { Refusal } from "../scripts/command.ts";
import type { Finding } from "../scripts/findProblems.ts";
import type { StateDiff } from "../scripts/stateDiff.ts";
import type { Actor } from "../scripts/storedCommand.ts";

export interface SubmittedCommand {
  /** The caller's name for this command; makes a repeat harmless. One is made when it is missing. */
  readonly commandId?: string;
  /** Type and version, such as Scripts.AddNode.v1. */
  readonly command: string;
  readonly payload: unknown;
}

/** A batch of commands on one script: all are appended or none. */
export interface Submission {
  readonly tenantId: string;
  readonly scriptId: string;
  readonly actor: Actor;
  /** What the actor may do; an AI agent never gets more than the role agent. */
  readonly role: Role;
  readonly correlationId: string;
  readonly causationId?: string;
  /** The trace that the request is a step of; goes with the jobs that it sets off. */
  readonly traceparent?: string | undefined;
  readonly commands: readonly SubmittedCommand[];
  /** The head that the caller has seen. Left out: append to whatever the head is. */
  readonly expectedSequence?: number;
  /** What to do when expectedSequence is behind the head. */
  readonly onConflict: "reject" | "rebase";
  readonly dryRun: boolean;
  readonly note?: string;
}

/** A submission whose batch and commands have their names, so that it can be found again after a lost connection. */
export interface NamedSubmission extends Submission {
  readonly batchId: string;
  readonly hasCallersIds: boolean;
  readonly commands: readonly (SubmittedCommand & { readonly commandId: string })[];
}

export interface SubmitResult {
  readonly scriptId: string;
  readonly batchId: string;
  /** One entry per command, in order. */
  readonly commands: readonly {
    readonly commandId: string;
    readonly command: string;
    readonly sequence: number;
  }[];
  /** Head of the script right after this batch. */
  readonly headSequence: number;
  readonly diff: StateDiff;
  /** Errors and warnings of the whole graph after this batch, errors first; at most 200. */
  readonly findings: readonly Finding[];
  readonly rebased: boolean;
  readonly alreadyApplied: boolean;
  readonly dryRun: boolean;
}

/** A command that the caller had not seen when it submitted. */
export interface MissedCommand {
  readonly sequence: number;
  readonly commandId: string;
  readonly command: string;
  readonly payload: Json;
  readonly actor: Actor;
  readonly createdAt: string;
  /** Ids it touched, in the form of StateDiff. */
  readonly touched: readonly string[];
}

export type SubmitOutcome =
  | { readonly kind: "accepted"; readonly result: SubmitResult }
  | {
      /** The role may not submit this command, and the batch is refused with it. */
      readonly kind: "forbidden";
      readonly index: number;
      readonly command: string;
      /** The role that counted. */
      readonly role: Role;
      readonly allowed: readonly Role[];
      readonly message: string;
    }
  | { readonly kind: "script_not_found" }
  | { readonly kind: "script_exists"; readonly headSequence: number }
  | {
      readonly kind: "refused";
      /** Left out when the batch is refused without a look at the script. */
      readonly headSequence?: number;
      readonly refusals: readonly Refusal[];
    }
  | {
      /** The expected sequence is not the head. */
      readonly kind: "conflict";
      readonly expectedSequence: number;
      readonly headSequence: number;
      /** The first 500 commands after expectedSequence; fewer when expectedSequence is ahead of the head. */
      readonly missed: readonly MissedCommand[];
      /** Ids touched by all missed commands. */
      readonly touched: readonly string[];
      /** Ids that both sides touched; empty unless a rebase was asked for. */
      readonly overlap: readonly string[];
      /** Why the batch is no longer possible on the head, when a rebase was asked for. */
      readonly refusals: readonly Refusal[];
    }
  | {
      readonly kind: "command_id_reused";
      readonly index: number;
      readonly commandId: string;
      readonly sequence: number;
    }
  | { readonly kind: "slug_taken"; readonly slug: string }
  | { readonly kind: "stream_busy"; readonly retryAfterMs: number };
