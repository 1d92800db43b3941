import { newId } from "../../kernel/newId.ts";
import type { LogRow, ScriptKey } from "../../log/logRow.ts";

/** An id of the file, and the one that it has here. */
export interface MappedId {
  readonly kind: "command" | "batch";
  readonly from: string;
  readonly to: string;
}

/**
 * Gives rows of a log to another script. Ids are kept, unless `newIds`: then the rows and batches of a copy get
 * their own, of the same times, as the ids of a tenant's commands and events are unique.
 */
export class RenameRows {
  readonly #key: ScriptKey;
  readonly #newIds: boolean;
  readonly #mapped: (id: MappedId) => void;
  #batch: { from: string; to: string } | undefined;

  constructor(key: ScriptKey, newIds: boolean, mapped: (id: MappedId) => void) {
    this.#key = key;
    this.#newIds = newIds;
    this.#mapped = mapped;
  }

  rename(row: LogRow): LogRow {
    if (!this.#newIds) return { ...row, ...this.#key };
    const batchId = this.#nameBatch(row);
    const id = this.#map("command", row.id, row.createdAt);
    return { ...row, ...this.#key, id, batchId };
  }

  #nameBatch({ batchId, createdAt }: LogRow): string {
    if (this.#batch?.from !== batchId)
      this.#batch = { from: batchId, to: this.#map("batch", batchId, createdAt) };
    return this.#batch.to;
  }

  #map(kind: MappedId["kind"], from: string, time: Date): string {
    const to = newId(time.getTime());
    this.#mapped({ kind, from, to });
    return to;
  }
}
