import { EMPTY_STATE } from "../scripts/emptyState.ts";
import { replay } from "../scripts/replay.ts";
import type { ScriptState } from "../scripts/state.ts";
import { loadTip, type LoadTipDeps } from "./loadTip.ts";
import type { ScriptKey } from "./logRow.ts";
import { readCommandPages } from "./readCommands.ts";
import { readSnapshot } from "./readSnapshot.ts";
import type { StreamCache } from "./streamCache.ts";

export interface LoadStateDeps extends LoadTipDeps {
  readonly streams: StreamCache;
}

export type LoadedState =
  | {
      readonly kind: "found";
      readonly state: ScriptState;
      readonly sequence: number;
      readonly headSequence: number;
    }
  | { readonly kind: "script_not_found" }
  /** The sequence or time lies outside the log. */
  | { readonly kind: "sequence_not_found"; readonly headSequence: number };

/**
 * The state of a script as it is now, with every acknowledged command, or as it was at a sequence or time.
 * At the head nothing is replayed but what this process has not seen yet; before it, from the nearest snapshot.
 */
export async function loadState(
  deps: LoadStateDeps,
  input: ScriptKey & { readonly at?: { readonly sequence: number } | { readonly time: Date } },
): Promise<LoadedState> {
  const key = { tenantId: input.tenantId, scriptId: input.scriptId };
  if (!input.at) return loadHead(deps, key);
  const head = await deps.prisma.scriptStream.findUnique({
    where: { tenantId_scriptId: key },
    select: { headSequence: true },
  });
  if (!head) return { kind: "script_not_found" };
  const headSequence = head.headSequence;
  const sequence = "sequence" in input.at ? input.at.sequence : await sequenceAt(deps, key, input.at.time);
  if (sequence < 1 || sequence > headSequence) return { kind: "sequence_not_found", headSequence };
  return { kind: "found", state: await stateAt(deps, key, sequence), sequence, headSequence };
}

async function loadHead(deps: LoadStateDeps, key: ScriptKey): Promise<LoadedState> {
  const stream = deps.streams.get(key);
  const tip = await loadTip(deps, key, stream.committed);
  if (!tip) return { kind: "script_not_found" };
  deps.streams.offer(stream, tip);
  return { kind: "found", state: tip.state, sequence: tip.sequence, headSequence: tip.sequence };
}

/** The state right after the command with this sequence, which must exist; 0 is before the first. */
export async function stateAt(deps: LoadTipDeps, key: ScriptKey, sequence: number): Promise<ScriptState> {
  if (sequence === 0) return EMPTY_STATE;
  const base = (await readSnapshot(deps, { ...key, upTo: sequence })) ?? { state: EMPTY_STATE, sequence: 0 };
  let state = base.state;
  for await (const page of readCommandPages(deps, { ...key, after: base.sequence, upTo: sequence }))
    state = replay(state, page);
  return state;
}

/** The last command at or before a time. Times never go back within a script, so it is the last in sequence too. */
async function sequenceAt(deps: LoadTipDeps, key: ScriptKey, time: Date): Promise<number> {
  const last = await deps.prisma.scriptCommand.findFirst({
    where: { ...key, createdAt: { lte: time } },
    orderBy: { sequence: "desc" },
    select: { sequence: true },
  });
  return last?.sequence ?? 0;
}
