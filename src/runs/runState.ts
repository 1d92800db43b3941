import type { Json } from "../kernel/canonicalJson.ts";

/**
 * ```
 *             start
 *               |
 *            RUNNING --- end node, finish -------------------> SUCCEEDED
 *               |------- dead end, failed action, finish ----> FAILED
 *               '------- finish -----------------------------> CANCELLED
 * ```
 * The three on the right are final: a finished run takes no more writes.
 */
export type RunStatus = "RUNNING" | FinalStatus;

export type FinalStatus = "SUCCEEDED" | "FAILED" | "CANCELLED";

/** What was answered at a node. */
export interface Answer {
  /** As conditions see it at answers.<nodeId>. Of an action: { success, result }. */
  readonly value: Json;
  /** The chosen option's first name: its id, or the value itself. The node is left by its handles. */
  readonly option?: string;
}

/** What a running run waits for. */
export type WaitingFor =
  | { readonly kind: "answer"; readonly nodeId: string }
  | {
      readonly kind: "action";
      readonly nodeId: string;
      /** The run's, under which the action was sent. */
      readonly correlationId: string;
      /** Number of the action in the run, from 1: tells it from an earlier visit of the same node. */
      readonly dispatch: number;
    };

/** Why a run failed. */
export interface RunFailure {
  /** Stable, machine-readable reason, such as dead_end. */
  readonly code:
    | "dead_end"
    | "too_many_steps"
    | "action_command_missing"
    | "action_payload_too_large"
    | "action_failed"
    | "action_result_invalid";
  readonly nodeId: string;
  readonly message: string;
}

/** currentNodeId of a run that has nowhere to walk: no node has an empty id. */
export const NOWHERE = "";

/**
 * One walk through one sealed version of a script. Plain JSON: it may be stored as jsonb and read back at any
 * point, and the walk goes on as if nothing had happened. No meaning rests on the order of keys.
 *
 * While RUNNING, its current node is in one of three phases:
 * ```
 *   come to  --advance-->  waiting (question, choice, action)  --answer, completeAction-->  settled
 *      |                                                                                       |
 *      '--advance (start, message, condition, action that is not waited for)-----------------> settled
 *
 *   settled  --advance: the first edge whose condition holds-->  the next node is come to
 * ```
 */
export interface RunState {
  readonly status: RunStatus;
  /** Where it is, or where it stopped. NOWHERE: its version has no entry node. */
  readonly currentNodeId: string;
  /** Whether the current node has nothing left to do but to be left. */
  readonly settled: boolean;
  /** null unless the run is RUNNING and the current node waits. */
  readonly waitingFor: WaitingFor | null;
  /** Values by key, each as its declaration says. One that is not set is absent, never null. */
  readonly variables: { readonly [key: string]: Json };
  /** The last answer by node id; actions that were waited for are here too. */
  readonly answers: { readonly [nodeId: string]: Answer };
  /** Under which its actions are sent. */
  readonly correlationId: string;
  /** Steps taken so far: the number of the last TraceStep. */
  readonly steps: number;
  /** Actions sent so far. */
  readonly dispatches: number;
  /** data.outcome of the end node that it came to. */
  readonly outcome: string | null;
  /** Set when the walk itself failed, not when somebody finished the run as FAILED. */
  readonly failure: RunFailure | null;
}
