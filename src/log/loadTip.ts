import type { PrismaClient } from "../db/generated/client.ts";
import { EMPTY_STATE } from "../scripts/emptyState.ts";
import { replay } from "../scripts/replay.ts";
import type { ScriptState } from "../scripts/state.ts";
import { chainHash, GENESIS_HASH } from "./chainHash.ts";
import type { LogRow, ScriptKey } from "./logRow.ts";
import { readCommandPages } from "./readCommands.ts";
import { readSnapshot } from "./readSnapshot.ts";
import type { StreamTip } from "./streamTip.ts";

export interface LoadTipDeps {
  readonly prisma: Pick<PrismaClient, "scriptStream" | "scriptCommand" | "scriptVersion" | "script">;
}

/**
 * The state of a script at its head, which includes every command acknowledged before this call by any
 * process. Replays only what lies beyond `known`, or beyond the newest snapshot. Undefined: no such script.
 */
export async function loadTip(
  deps: LoadTipDeps,
  key: ScriptKey,
  known?: StreamTip,
): Promise<StreamTip | undefined> {
  const head = await deps.prisma.scriptStream.findUnique({
    where: { tenantId_scriptId: key },
    select: { headSequence: true, chainHash: true },
  });
  if (!head) return undefined;
  if (known?.sequence === head.headSequence && known.chainHash === head.chainHash) return known;
  return (known && (await replayFrom(deps, key, known, head))) ?? replayFrom(deps, key, undefined, head);
}

interface Head {
  readonly headSequence: number;
  readonly chainHash: string;
}

async function replayFrom(
  deps: LoadTipDeps,
  key: ScriptKey,
  known: StreamTip | undefined,
  head: Head,
): Promise<StreamTip | undefined> {
  const base = known ?? (await coldStart(deps, key, head.headSequence));
  let state = base.state;
  let last: Pick<LogRow, "sequence" | "chainHash" | "createdAt"> = {
    sequence: base.sequence,
    chainHash: base.chainHash,
    createdAt: base.lastCreatedAt,
  };
  for await (const page of readCommandPages(deps, {
    ...key,
    after: base.sequence,
    upTo: head.headSequence,
  })) {
    // Another history than the one we know, after a restored backup: start anew from the log.
    const isNext = last.sequence === known?.sequence;
    if (isNext && chainHash(known.chainHash, page[0]!) !== page[0]!.chainHash) return undefined;
    state = replay(state, page);
    last = page.at(-1)!;
  }
  // Or its head lies behind what we know.
  if (last.sequence !== head.headSequence || last.chainHash !== head.chainHash) return undefined;
  return {
    ...base,
    state,
    sequence: last.sequence,
    chainHash: last.chainHash,
    lastCreatedAt: last.createdAt,
  };
}

/** The newest snapshot that this reducer can go on from, or the beginning. */
async function coldStart(deps: LoadTipDeps, key: ScriptKey, upTo: number): Promise<StreamTip> {
  const snapshot = await readSnapshot(deps, { ...key, upTo });
  const script = await deps.prisma.script.findUniqueOrThrow({
    where: { tenantId_id: { tenantId: key.tenantId, id: key.scriptId } },
    select: { createdById: true, createdAt: true },
  });
  const base: { state: ScriptState; sequence: number } = snapshot ?? { state: EMPTY_STATE, sequence: 0 };
  const last =
    base.sequence === 0
      ? { chainHash: GENESIS_HASH, createdAt: script.createdAt }
      : await deps.prisma.scriptCommand.findUniqueOrThrow({
          where: { tenantId_scriptId_sequence: { ...key, sequence: base.sequence } },
          select: { chainHash: true, createdAt: true },
        });
  return { ...base, chainHash: last.chainHash, lastCreatedAt: last.createdAt, ...script };
}
