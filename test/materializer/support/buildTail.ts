import type { Json } from "../../../src/kernel/canonicalJson.ts";
import type { TailCommand } from "../../../src/materializer/materialization.ts";
import { EMPTY_STATE } from "../../../src/scripts/emptyState.ts";
import { evolve } from "../../../src/scripts/evolve.ts";
import type { Facts } from "../../../src/scripts/storedCommand.ts";

export interface TailBatch {
  readonly actorId?: string;
  readonly note?: string;
  readonly commands: readonly {
    readonly type: string;
    readonly payload?: { readonly [key: string]: Json };
    readonly facts?: Facts;
  }[];
}

/**
 * A log from its first command on, as the materializer reads it: batch b1, b2, .. with the patches that the
 * commands make. Command n is of the minute n.
 */
export function buildTail(batches: readonly TailBatch[]): TailCommand[] {
  let state = EMPTY_STATE;
  const tail: TailCommand[] = [];
  for (const [place, batch] of batches.entries())
    for (const [index, { type, payload = {}, facts = {} }] of batch.commands.entries()) {
      const sequence = tail.length + 1;
      const stored = { sequence, type: `Scripts.${type}`, typeVersion: 1, payload, facts };
      const evolved = evolve(state, stored);
      state = evolved.state;
      tail.push({
        ...stored,
        commandId: `k${sequence}`,
        batchId: `b${place + 1}`,
        actorType: "USER",
        actorId: batch.actorId ?? "u1",
        onBehalfOf: null,
        correlationId: `c${place + 1}`,
        note: index === 0 ? (batch.note ?? null) : null,
        patch: evolved.patch,
        createdAt: minute(sequence),
      });
    }
  return tail;
}

export function minute(number: number): Date {
  return new Date(Date.UTC(2030, 0, 1, 0, number));
}

export const CREATE = {
  type: "CreateScript",
  payload: {
    name: "Call",
    slug: "call",
    description: null,
    labels: [],
    intents: [],
    languageCodes: [],
    embeddingKey: null,
  },
};

export function node(id: string): TailBatch["commands"][number] {
  return { type: "AddNode", payload: { node: { id, type: "message", position: { x: 0, y: 0 }, data: {} } } };
}

export function commit(changelog?: string): TailBatch["commands"][number] {
  return {
    type: "CommitVersion",
    payload: changelog === undefined ? {} : { changelog },
  };
}
