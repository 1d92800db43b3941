import type { Json } from "../kernel/canonicalJson.ts";
import type { Prompt } from "../runs/currentPrompt.ts";
import type { RunState } from "../runs/runState.ts";
import type { ActionRequest } from "../runs/toActionRequest.ts";
import type { LogEntry } from "../runs/trace.ts";

/** What the pure core made of a request to a run: everything that is to be written of it. */
export interface Move {
  readonly state: RunState;
  readonly log: readonly LogEntry[];
  /** Variables that changed and their values; null: it has none any more. */
  readonly changed: { readonly [key: string]: Json };
  /** To send, in order. */
  readonly actions: readonly ActionRequest[];
  /** What was said on the way, in order. */
  readonly prompts: readonly Prompt[];
  /** It went far enough for one time, and no caller is there to advance it further: the worker is to. */
  readonly walksOn?: boolean;
}

/** What a move leaves out, it does not do. */
export const NO_MOVE = { changed: {}, actions: [], prompts: [] } as const;
