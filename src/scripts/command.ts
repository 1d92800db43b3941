import type { Draft } from "immer";
import type { z } from "zod";
import type { Json } from "../kernel/canonicalJson.ts";
import type { ScriptState } from "./state.ts";
import type { Facts, ScriptDocument } from "./storedCommand.ts";

/** Why a command was not accepted. path is an RFC 6901 pointer into that command's payload. */
export interface Refusal {
  /** Place of the command in the submitted batch, from 0. */
  readonly index: number;
  /** Stable, machine-readable reason such as node_not_found. */
  readonly code: string;
  readonly path: string;
  /** What is wrong and the way out, for a person. */
  readonly message: string;
  readonly details?: Json;
}

/** A command type: what its payload looks like, when it is refused, and what it does. */
export interface CommandDefinition<Payload = unknown> {
  /** Without version, such as Scripts.AddNode. */
  readonly type: `Scripts.${string}`;
  readonly version: number;
  readonly payload: z.ZodType<Payload>;
  /** Pure. Says no with a reason, or yes with the facts that evolve will need. */
  decide(state: ScriptState, payload: Payload, context: DecideContext): Decision;
  /**
   * Pure. Changes the draft (an immer draft or a private mutable copy) and never refuses: the log is history.
   * It may read only its arguments.
   */
  evolve(draft: Draft<ScriptState>, payload: Payload, facts: Facts, context: EvolveContext): void;
}

export type Decision =
  | { readonly kind: "accepted"; readonly facts?: Facts }
  | { readonly kind: "refused"; readonly refusals: readonly Omit<Refusal, "index">[] };

export interface DecideContext {
  /** Sequence that the command will have. 1 means that the script does not exist yet. */
  readonly sequence: number;
  /** The document of a sealed version of this script, undefined when there is none. */
  sealedDocument(version: number): ScriptDocument | undefined;
}

export interface EvolveContext {
  readonly sequence: number;
}
