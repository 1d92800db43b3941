import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { compareVersion } from "../../materializer/rebuild/compareVersion.ts";
import { clearGeneration, keepVersion } from "../../materializer/rebuild/generation.ts";
import { planVersions } from "../../materializer/rebuild/planVersions.ts";
import type { Replacement, RebuiltPointers } from "../../materializer/rebuild/switchGeneration.ts";
import type { PlannedVersion } from "../../materializer/materialization.ts";
import { versionRowId } from "../../materializer/versionRowId.ts";
import { EMPTY_STATE } from "../../scripts/emptyState.ts";
import { replay } from "../../scripts/replay.ts";
import { fromSnapshot } from "../../scripts/snapshot.ts";
import type { ScriptState } from "../../scripts/state.ts";
import { differingMembers, listingOf, type Listing } from "../log/listing.ts";
import { SoundLog } from "../log/soundLog.ts";
import type { ScriptFacts } from "../verify/readScript.ts";
import type { Difference } from "./difference.ts";
import { findEnd } from "./findEnd.ts";

export interface RebuildDeps {
  /** Reads, and puts the script's listing right, as script_operator. */
  readonly prisma: PrismaClient;
  /** Writes versions and pointers, as script_worker; undefined in a dry run, which writes nothing. */
  readonly worker: PrismaClient | undefined;
  readonly now: () => Date;
  /** Told of commands that were replayed; resolves when more may be. */
  readonly pace: (count: number) => Promise<void>;
}

/** How a script differs from what its log gives, and what would put it right. */
export interface Compared {
  readonly differences: Difference[];
  readonly replacements: Replacement[];
  /** Undefined: they are right. */
  pointers: RebuiltPointers | undefined;
  /** The members that differ; undefined: none does. */
  listing: Partial<Listing> | undefined;
}

interface Input {
  readonly facts: ScriptFacts;
  readonly rebuildId: string;
}

/**
 * Replays a script's log and holds everything that follows from it against what is there. Versions that differ are
 * kept beside the live ones. "moved": the script was materialized further meanwhile.
 *
 * Throws DamagedLogError or ReplayError when nothing can be made from the log.
 */
export async function compareScript(
  deps: RebuildDeps,
  key: ScriptKey,
  input: Input,
): Promise<Compared | "moved"> {
  if (deps.worker) await clearGeneration({ prisma: deps.worker }, key);
  const { facts } = input;
  const compared: Compared = { differences: [], replacements: [], pointers: undefined, listing: undefined };
  const log = new SoundLog(deps, key);
  const end = await findEnd(deps, key, facts);
  let last: PlannedVersion | undefined;
  for await (const planned of planVersions(readPaced(deps, log, end))) {
    if (!(await compareOne(deps, key, { ...input, planned }, compared))) return "moved";
    last = planned;
  }
  compared.differences.push(...findExtra(key, facts, last?.version ?? 0));
  const materialized = last ? fromSnapshot(last.snapshot) : EMPTY_STATE;
  comparePointers(key, { facts, end, state: materialized }, compared);
  let state = materialized;
  // The head went back when a stream was damaged: the log itself says how long it is.
  const head = Math.max(facts.stream.headSequence, facts.lastSequence);
  for await (const page of readPaced(deps, log, head)) state = replay(state, page);
  compareListing(key, { facts, log, state }, compared);
  compareHead(key, { facts, log }, compared);
  return compared;
}

async function* readPaced(deps: RebuildDeps, log: SoundLog, upTo: number) {
  for await (const page of log.readTo(upTo)) {
    yield page;
    await deps.pace(page.length);
  }
}

/** Versions that the log knows nothing of. */
function findExtra(key: ScriptKey, { versions }: ScriptFacts, highest: number): Difference[] {
  return versions
    .filter(({ version }) => version > highest)
    .map(({ version, sealedAt }) => ({
      ...key,
      what: "version",
      version,
      isSealed: sealedAt !== null,
      difference: "not in the log",
      keptBecause: "a rebuild deletes nothing",
      blocks: false,
    }));
}

/** False when the version has moved on meanwhile. */
async function compareOne(
  { prisma, worker, now }: RebuildDeps,
  key: ScriptKey,
  { planned, facts, rebuildId }: Input & { readonly planned: PlannedVersion },
  into: Compared,
): Promise<boolean> {
  const { version } = planned;
  const live = await prisma.scriptVersion.findUnique({
    where: { tenantId_scriptId_version: { ...key, version } },
  });
  const seen = facts.versions.find((row) => row.version === version);
  if (live?.stateHash !== seen?.stateHash || live?.toSequence !== seen?.toSequence) return false;
  const differing = live ? compareVersion(planned, live) : ["missing"];
  if (differing.length === 0) return true;
  const difference = differing.join(", ");
  const isSealed = live !== null && live.sealedAt !== null;
  const accepted = isSealed ? await findAccepted(prisma, key, planned) : undefined;
  const keptBecause = differing.includes("fromSequence")
    ? "where a version starts never changes in a row"
    : isSealed && accepted === undefined
      ? "it is sealed, and nobody has accepted the change"
      : null;
  const blocks = keptBecause !== null;
  into.differences.push({ ...key, what: "version", version, isSealed, difference, keptBecause, blocks });
  into.replacements.push({
    version,
    rebuildId: accepted ?? rebuildId,
    isMissing: live === null,
    isSealed,
  });
  if (worker && accepted === undefined)
    await keepVersion({ prisma: worker }, key, { rebuildId, planned, difference, now: now() });
  return true;
}

/** The rebuild under which an operator accepted this very version and which was not used yet. */
async function findAccepted(
  prisma: Pick<PrismaClient, "scriptVersionRebuild">,
  key: ScriptKey,
  planned: PlannedVersion,
): Promise<string | undefined> {
  const rows = await prisma.scriptVersionRebuild.findMany({
    where: { ...key, version: planned.version, acceptedAt: { not: null }, switchedAt: null },
  });
  return rows.find((row) => compareVersion(planned, row).length === 0)?.rebuildId;
}

function comparePointers(
  key: ScriptKey,
  input: { readonly facts: ScriptFacts; readonly end: number; readonly state: ScriptState },
  into: Compared,
): void {
  const { script, versions, stream } = input.facts;
  const { activeVersion, latestVersion } = input.state;
  const activeVersionId = activeVersion === null ? null : versionRowId(key, activeVersion);
  const differing = [
    ...(script && script.activeVersionId !== activeVersionId ? ["activeVersionId"] : []),
    ...(script && script.latestVersion !== latestVersion ? ["latestVersion"] : []),
    ...(stream.materializedSequence !== input.end ? ["materializedSequence"] : []),
    ...versions
      .filter(({ version, isPublished }) => isPublished !== (version === activeVersion))
      .map(({ version }) => `isPublished of version ${version}`),
  ];
  if (differing.length === 0) return;
  into.differences.push(ofScript(key, "pointers", differing.join(", ")));
  into.pointers = { activeVersion, latestVersion, materializedSequence: input.end };
}

function compareListing(
  key: ScriptKey,
  input: { readonly facts: ScriptFacts; readonly log: SoundLog; readonly state: ScriptState },
  into: Compared,
): void {
  const { script } = input.facts;
  const { first, last } = input.log;
  if (!script)
    return void into.differences.push(ofScript(key, "listing", "missing", "a rebuild makes no script"));
  if (!first || !last) return;
  const listing = listingOf(input.state, { first, last });
  const differing = differingMembers(script, listing);
  if (differing.length === 0) return;
  into.differences.push(ofScript(key, "listing", differing.join(", ")));
  into.listing = Object.fromEntries(differing.map((name) => [name, listing[name]]));
}

/** The head guards the log: of all roles only the log's own door moves it, so it is told and left alone. */
function compareHead(
  key: ScriptKey,
  { facts, log }: { readonly facts: ScriptFacts; readonly log: SoundLog },
  into: Compared,
): void {
  const { headSequence, chainHash } = facts.stream;
  const { last } = log;
  if (!last || (last.sequence === headSequence && last.chainHash === chainHash)) return;
  const why = `no role of the service may move a head; as the owner of the database set headSequence to ${last.sequence} and chainHash to ${last.chainHash}`;
  // Versions may not reach further than the head.
  const blocks = last.sequence !== headSequence;
  into.differences.push({ ...ofScript(key, "stream", "headSequence, chainHash", why), blocks });
}

function ofScript(
  key: ScriptKey,
  what: Difference["what"],
  difference: string,
  keptBecause: string | null = null,
): Difference {
  return { ...key, what, version: null, isSealed: false, difference, keptBecause, blocks: false };
}
