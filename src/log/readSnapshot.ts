import type { PrismaClient } from "../db/generated/client.ts";
import { fromSnapshot, snapshotHashes, type Snapshot } from "../scripts/snapshot.ts";
import { REDUCER_VERSION, type ScriptState } from "../scripts/state.ts";
import type { ScriptKey } from "./logRow.ts";

/**
 * The newest snapshot at or before a sequence that a replay may go on from: written by this reducer version,
 * and its content still has the hashes that were written beside it. Undefined: replay from the beginning.
 */
export async function readSnapshot(
  deps: { readonly prisma: Pick<PrismaClient, "scriptVersion"> },
  input: ScriptKey & { readonly upTo: number },
): Promise<{ state: ScriptState; sequence: number } | undefined> {
  let upTo = input.upTo;
  for (;;) {
    const row = await deps.prisma.scriptVersion.findFirst({
      where: {
        tenantId: input.tenantId,
        scriptId: input.scriptId,
        reducerVersion: REDUCER_VERSION,
        toSequence: { lte: upTo },
      },
      orderBy: { version: "desc" },
      select: {
        graphJson: true,
        variablesDef: true,
        streamJson: true,
        graphHash: true,
        stateHash: true,
        toSequence: true,
      },
    });
    if (!row) return undefined;
    const snapshot = row as unknown as Snapshot;
    const hashes = snapshotHashes(snapshot);
    if (hashes.graphHash === row.graphHash && hashes.stateHash === row.stateHash)
      return { state: fromSnapshot(snapshot), sequence: row.toSequence };
    upTo = row.toSequence - 1;
  }
}
