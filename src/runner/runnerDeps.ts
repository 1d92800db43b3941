import type { InTenant, TenantTx } from "../db/inTenant.ts";
import type { NewEvent } from "../events/domainEvent.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import type { Actor } from "../scripts/storedCommand.ts";
import type { SealedDocuments } from "./sealedDocuments.ts";

export interface RunKey {
  readonly tenantId: string;
  readonly runId: string;
}

/** Who moves a run. What the run sends is sent in the same name, with no more permission. */
export interface Mover {
  readonly actor: Actor;
  /** Role of the one who asked, such as editor. */
  readonly role: string;
}

/** A generic command that an action of a run is. */
export interface RunCommand extends RunKey {
  /** Such as policies.lookup, as the script's author wrote it. */
  readonly command: string;
  /** What the author wrote; what is no object stands in it as value. */
  readonly payload: { readonly [key: string]: Json };
  /** Where it comes from, for its handler. */
  readonly context: {
    readonly scriptId: string;
    readonly version: number;
    readonly runId: string;
    readonly nodeId: string;
  };
  /** The run's; all its commands share it. */
  readonly correlationId: string;
  /** Id of the request, or of the completed command, that led here. */
  readonly causationId: string;
  readonly traceparent: string | undefined;
  readonly mover: Mover;
  readonly nodeId: string;
  /** Number of the action in the run: its completion has to bring it back. */
  readonly dispatch: number;
  readonly sentAt: Date;
}

/** Where a move can be stopped by a test, in the order in which it passes them. */
export type RunPausePoint =
  /** The run's row is ours; nothing is read yet. */
  | "locked"
  /** Variables, log and commands are written, the run itself is not. */
  | "half_written"
  | "before_commit";

/** What moves of runs stand on. All of them happen in one transaction each. */
export interface MoveDeps {
  readonly documents: SealedDocuments;
  readonly writeEvents: (tx: TenantTx, events: readonly NewEvent[]) => Promise<void>;
  /** Stores a command and its job in the transaction. */
  readonly sendCommand: (tx: TenantTx, command: RunCommand) => Promise<void>;
  readonly now: () => Date;
  /** Tests hold a move here. */
  readonly pause?: (point: RunPausePoint, key: RunKey) => Promise<void>;
}

export interface RunnerDeps extends MoveDeps {
  readonly inTenant: InTenant;
}
