import type { AppendRequest, ScriptProjection } from "../../log/appendCommands.ts";
import { chainHash, GENESIS_HASH } from "../../log/chainHash.ts";
import type { LogRow } from "../../log/logRow.ts";
import { EMPTY_STATE } from "../../scripts/emptyState.ts";
import { evolve } from "../../scripts/evolve.ts";
import type { ScriptState } from "../../scripts/state.ts";

/** Turns rows, in order, into requests for the log's door, one per batch, chained anew. */
export class ToBatches {
  #state: ScriptState = EMPTY_STATE;
  #before: ScriptState = EMPTY_STATE;
  #hash = GENESIS_HASH;
  #first: LogRow | undefined;
  #rows: LogRow[] = [];

  /** The request that this row's predecessor ended, if it did. */
  next(row: LogRow): AppendRequest | undefined {
    const ended = this.#rows.length > 0 && this.#rows[0]!.batchId !== row.batchId ? this.flush() : undefined;
    this.#first ??= row;
    this.#state = evolve(this.#state, row).state;
    const hash = chainHash(this.#rows.at(-1)?.chainHash ?? this.#hash, row);
    this.#rows.push({ ...row, chainHash: hash });
    return ended;
  }

  /** The request of the batch at hand, undefined when there is none. */
  flush(): AppendRequest | undefined {
    const first = this.#rows[0];
    const last = this.#rows.at(-1);
    if (!first || !last) return undefined;
    const request: AppendRequest = {
      tenantId: first.tenantId,
      scriptId: first.scriptId,
      expectedSequence: first.sequence - 1,
      expectedChainHash: first.sequence === 1 ? null : this.#hash,
      wait: true,
      headSequence: last.sequence,
      chainHash: last.chainHash,
      script: this.#project(last),
      updatedById: last.actorId,
      updatedAt: last.createdAt.toISOString(),
      commands: this.#rows,
    };
    this.#hash = last.chainHash;
    this.#before = this.#state;
    this.#rows = [];
    return request;
  }

  get state(): ScriptState {
    return this.#state;
  }

  get chainHash(): string {
    return this.#hash;
  }

  /** The listing row, when the batch changed it. */
  #project(last: LogRow): ScriptProjection | null {
    const { details, status } = this.#state;
    if (this.#before.details === details && this.#before.status === status) return null;
    const created = this.#first!;
    return {
      ...details,
      tenantId: last.tenantId,
      id: last.scriptId,
      status,
      createdById: created.actorId,
      createdAt: created.createdAt.toISOString(),
      updatedById: last.actorId,
      updatedAt: last.createdAt.toISOString(),
    };
  }
}
