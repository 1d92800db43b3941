import { replay } from "../scripts/replay.ts";
import { toSnapshot } from "../scripts/snapshot.ts";
import { REDUCER_VERSION, type ScriptState } from "../scripts/state.ts";
import { auditBatches } from "./auditBatches.ts";
import { planEvents } from "./planEvents.ts";
import type {
  Materialization,
  MaterializationBase,
  OpenVersion,
  PlannedVersion,
  TailCommand,
} from "./materialization.ts";

/**
 * Says what must be written to bring versions, audit rows and events from the base to the end of the tail.
 *
 * The tail is the commands right after the base, whole batches, at least one. newId makes the id of an audit row from
 * its time in milliseconds. Throws ReplayError when a command cannot be applied.
 */
export function planMaterialization(
  base: MaterializationBase,
  tail: readonly TailCommand[],
  newId: (nowMs: number) => string,
): Materialization {
  const versions: PlannedVersion[] = [];
  let state = base.state;
  let open = base.openVersion;
  for (const range of splitAtCommits(tail)) {
    state = replay(state, range);
    versions.push(planVersion(state, range, open));
    open = null;
  }
  const last = tail.at(-1)!;
  return {
    toSequence: last.sequence,
    versions,
    auditRows: auditBatches(tail, versions, newId),
    events: planEvents(base, tail),
    latestVersion: state.latestVersion,
    activeVersion: state.activeVersion,
    pointersMoved:
      state.latestVersion !== base.state.latestVersion || state.activeVersion !== base.state.activeVersion,
    next: { state, sequence: last.sequence, openVersion: openAfter(versions.at(-1)!) },
  };
}

function openAfter(last: PlannedVersion): OpenVersion | null {
  const { version, fromSequence, toSequence, createdById, createdAt, sealedAt, snapshot } = last;
  if (sealedAt !== null) return null;
  return { version, fromSequence, toSequence, stateHash: snapshot.stateHash, createdById, createdAt };
}

const COMMIT = "Scripts.CommitVersion";

/** Whether a command ends a version. */
export function sealsVersion(command: { readonly type: string }): boolean {
  return command.type === COMMIT;
}

/** One range per version: each ends with its CommitVersion, the last may go without. */
export function splitAtCommits(tail: readonly TailCommand[]): TailCommand[][] {
  const ranges: TailCommand[][] = [];
  let from = 0;
  for (const [index, command] of tail.entries()) {
    if (!sealsVersion(command)) continue;
    ranges.push(tail.slice(from, index + 1));
    from = index + 1;
  }
  if (from < tail.length) ranges.push(tail.slice(from));
  return ranges;
}

function planVersion(
  state: ScriptState,
  range: readonly TailCommand[],
  open: OpenVersion | null,
): PlannedVersion {
  const first = range[0]!;
  const last = range.at(-1)!;
  const common = {
    exists: open !== null,
    fromSequence: open?.fromSequence ?? first.sequence,
    toSequence: last.sequence,
    snapshot: toSnapshot(state),
    reducerVersion: REDUCER_VERSION,
  };
  if (!sealsVersion(last))
    return {
      ...common,
      version: state.latestVersion + 1,
      changelog: null,
      sealedAt: null,
      createdById: open?.createdById ?? first.actorId,
      createdAt: open?.createdAt ?? first.createdAt,
    };
  return { ...common, version: state.latestVersion, ...sealedBy(last) };
}

/** What a version's row says of the command that sealed it. */
export function sealedBy({
  payload,
  actorId,
  createdAt,
}: Pick<TailCommand, "payload" | "actorId" | "createdAt">) {
  const changelog = typeof payload["changelog"] === "string" ? payload["changelog"] : null;
  return { changelog, sealedAt: createdAt, createdById: actorId, createdAt };
}
