import type { Role } from "../access/role.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import type { SubmitOutcome } from "../commands/submission.ts";
import type { Mover } from "../runner/runnerDeps.ts";
import type { StartRunOutcome } from "../runner/startRun.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";

/** What a legacy route comes to, on either side. */
export type Outcome<Answer> =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** There are no legacy tables, and nothing was moved from any. */
  | { readonly kind: "not_here" }
  /** The legacy tables take no writes any more, and the canonical side does not take them yet. */
  | { readonly kind: "frozen" }
  | { readonly kind: "script_not_found" }
  | { readonly kind: "run_not_found" }
  | { readonly kind: "version_not_found"; readonly version: number | undefined }
  | RunRefusal
  | { readonly kind: "not_started"; readonly outcome: NotStarted; readonly scriptId: string }
  | { readonly kind: "not_submitted"; readonly outcome: NotSubmitted; readonly scriptId: string };

export type NotStarted = Exclude<StartRunOutcome, { kind: "started" }>;
export type NotSubmitted = Exclude<SubmitOutcome, { kind: "accepted" }>;

/** Who asks for a write, and in which request. */
export interface WriteCause {
  readonly tenantId: string;
  /** The same for repeats of one request: the effect takes place once. */
  readonly effectId: string;
  readonly mover: Mover;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
}

export interface StartInput extends WriteCause {
  readonly key: string;
  readonly subject: {
    readonly schema: string | null;
    readonly model: string | null;
    readonly id: string | null;
  };
  /** By the legacy keys of variables. */
  readonly vars: { readonly [key: string]: Json };
}

export interface PublishInput extends WriteCause {
  /** As the legacy routes call it. */
  readonly scriptId: string;
  /** Left out: the highest. */
  readonly version: number | undefined;
  readonly role: Role;
}

export interface RunInput extends WriteCause {
  /** As the legacy routes call it. */
  readonly runId: string;
}
