import type { Json } from "../kernel/canonicalJson.ts";
import type { FinalStatus, RunFailure } from "./runState.ts";

/** Values by name; long ones are cut to text, see traceValue. */
export type TracedValues = { readonly [name: string]: Json };

/** What happened in a run, in order. The shell adds the time, and appends. */
export type LogEntry =
  | { readonly kind: "started"; readonly nodeId: string; readonly variables: TracedValues }
  | { readonly kind: "variables_set"; readonly variables: TracedValues }
  | {
      readonly kind: "answered";
      readonly nodeId: string;
      readonly value: Json;
      /** Name of the chosen option. */
      readonly option: string | null;
      /** Key of the variable that the answer filled. */
      readonly variable: string | null;
    }
  | {
      readonly kind: "action_completed";
      readonly nodeId: string;
      readonly dispatch: number;
      readonly success: boolean;
      /** Variables that its result filled. */
      readonly variables: TracedValues;
      /** Why it counts as failed. The run has failed of it, unless its node says continueOnFailure. */
      readonly failure: RunFailure | null;
    }
  | { readonly kind: "finished"; readonly status: FinalStatus }
  | TraceStep;

/** One step of an advance: how a node was left, or why the walk stopped at it. */
export interface TraceStep {
  readonly kind: "step";
  /** From 1, over the whole run. */
  readonly number: number;
  readonly nodeId: string;
  readonly nodeType: string;
  readonly event: "moved" | "waits_for_answer" | "waits_for_action" | "ended" | "failed";
  /** What was tried, in order, up to what held. The first RUN_LIMITS.tracedTries. */
  readonly tried: readonly Tried[];
  /** The edge that was taken, and where it leads. */
  readonly edgeId: string | null;
  readonly nextNodeId: string | null;
  /** Number of the action that was sent from here. */
  readonly dispatch: number | null;
  readonly failure: RunFailure | null;
}

/** A condition, or an edge without one, that was tried. */
export interface Tried {
  /** condition: the node's own; branch: one of its branches. */
  readonly what: "edge" | "branch" | "condition";
  /** Id of the edge, branch or node. */
  readonly id: string;
  /** Pointer to the condition in the node or edge, such as /data/condition; null when there is none. */
  readonly path: string | null;
  /** What the condition's names stood for; null when there was no value. The first RUN_LIMITS.tracedNames. */
  readonly values: TracedValues;
  /** An error does not hold. target_missing: the edge leads to no node. */
  readonly verdict: "holds" | "fails" | "error" | "target_missing";
  /** With verdict error. */
  readonly code?: string;
  readonly message?: string;
}
