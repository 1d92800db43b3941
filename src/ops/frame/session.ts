import type { Output } from "./output.ts";
import type { OpsStore } from "./store.ts";

/** Options that every verb takes. */
export interface GlobalOptions {
  readonly tenant: string | undefined;
  readonly script: string | undefined;
  readonly all: boolean;
  readonly dryRun: boolean;
}

/** What a verb has to work with. */
export interface Session {
  readonly global: GlobalOptions;
  readonly output: Output;
  readonly now: () => Date;
  /** The effective settings, without passwords. */
  readonly settings: () => { readonly [name: string]: unknown };
  /** Opened at the first call, closed when the verb has ended. */
  readonly store: () => Promise<OpsStore>;
  /** Aborted by Ctrl-C: long work ends at the next safe point. */
  readonly stopping: AbortSignal;
}
