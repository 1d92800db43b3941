import type { PrismaClient } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { readSnapshot } from "../log/readSnapshot.ts";
import { EMPTY_STATE } from "../scripts/emptyState.ts";
import { replay } from "../scripts/replay.ts";
import type { MaterializationBase, OpenVersion } from "./materialization.ts";
import { readTailPages } from "./readTail.ts";

export interface LoadBaseDeps {
  readonly prisma: Pick<PrismaClient, "$queryRaw" | "scriptVersion">;
}

export interface LoadedBase extends MaterializationBase {
  /** Sequence of the snapshot that the state was resumed from; 0 is the beginning. */
  readonly snapshotSequence: number;
}

/**
 * The state at a stream's materializedSequence: from the newest usable snapshot, and the commands between it
 * and that sequence when the newest snapshot is not usable, as after a change of the reducer.
 */
export async function loadBase(
  deps: LoadBaseDeps,
  input: ScriptKey & { readonly materializedSequence: number },
): Promise<LoadedBase> {
  const sequence = input.materializedSequence;
  if (sequence === 0) return { state: EMPTY_STATE, sequence, openVersion: null, snapshotSequence: 0 };
  const [snapshot, openVersion] = await Promise.all([
    readSnapshot(deps, { ...input, upTo: sequence }),
    readOpenVersion(deps, input),
  ]);
  let state = snapshot?.state ?? EMPTY_STATE;
  const snapshotSequence = snapshot?.sequence ?? 0;
  for await (const page of readTailPages(deps, { ...input, after: snapshotSequence, upTo: sequence }))
    state = replay(state, page);
  return { state, sequence, openVersion, snapshotSequence };
}

// Only as it stood at that sequence. Moved on meanwhile, it is somebody else's, and the commit will find out.
async function readOpenVersion(
  deps: LoadBaseDeps,
  { tenantId, scriptId, materializedSequence }: ScriptKey & { readonly materializedSequence: number },
): Promise<OpenVersion | null> {
  return deps.prisma.scriptVersion.findFirst({
    where: { tenantId, scriptId, sealedAt: null, toSequence: materializedSequence },
    select: {
      version: true,
      fromSequence: true,
      toSequence: true,
      stateHash: true,
      createdById: true,
      createdAt: true,
    },
  });
}
