import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { compareVersion } from "../../materializer/rebuild/compareVersion.ts";
import { clearGeneration, keepVersion } from "../../materializer/rebuild/generation.ts";
import { planVersions } from "../../materializer/rebuild/planVersions.ts";
import { switchGeneration, type Replacement } from "../../materializer/rebuild/switchGeneration.ts";
import type { PlannedVersion } from "../../materializer/materialization.ts";
import { readLogPages } from "../log/readLogPages.ts";

export interface RebuildDeps {
  /** Reads, as script_operator. */
  readonly prisma: PrismaClient;
  /** Writes, as script_worker; undefined in a dry run, which writes nothing. */
  readonly worker: PrismaClient | undefined;
  readonly now: () => Date;
  /** Told of commands that were replayed; resolves when more may be. */
  readonly pace: (count: number) => Promise<void>;
}

/** A version whose row is not what the log gives. */
export interface Difference extends ScriptKey {
  readonly version: number;
  readonly isSealed: boolean;
  /** "missing", or the members that differ. */
  readonly difference: string;
  /** Why the old row was kept; null when it was replaced, or would be. */
  readonly keptBecause: string | null;
}

export interface RebuiltScript {
  readonly kind: "same" | "switched" | "kept";
  readonly differences: readonly Difference[];
}

/** A busy script moves on while it is rebuilt. */
const ATTEMPTS = 5;

/**
 * Makes a script's versions anew from its log, beside the live ones, and compares them. Where they differ it puts the
 * new ones in their place, all or none: one sealed version that no operator accepted keeps the script as it is.
 */
export async function rebuildScript(
  deps: RebuildDeps,
  key: ScriptKey,
  rebuildId: string,
): Promise<RebuiltScript> {
  for (let attempt = 1; ; attempt++) {
    const { materializedSequence } = await deps.prisma.scriptStream.findUniqueOrThrow({
      where: { tenantId_scriptId: key },
      select: { materializedSequence: true },
    });
    const found = await compareAll(deps, key, { rebuildId: `${rebuildId}-${attempt}`, materializedSequence });
    // Materialized further while it was compared: the open row is of another sequence than the one made.
    if (found === "moved" && attempt < ATTEMPTS) continue;
    if (found === "moved") return { kind: "kept", differences: [busy(key)] };
    const { differences, replacements } = found;
    if (differences.length === 0) return { kind: "same", differences };
    const isBlocked = differences.some(({ keptBecause }) => keptBecause !== null);
    if (!deps.worker || isBlocked) return { kind: "kept", differences: explain(differences, isBlocked) };
    const switched = await switchGeneration({ prisma: deps.worker, now: deps.now }, key, {
      materializedSequence,
      replacements,
    });
    if (switched === "switched") return { kind: "switched", differences };
    if (attempt === ATTEMPTS) return { kind: "kept", differences: [busy(key)] };
  }
}

interface Compared {
  readonly differences: Difference[];
  readonly replacements: Replacement[];
}

async function compareAll(
  deps: RebuildDeps,
  key: ScriptKey,
  input: { readonly rebuildId: string; readonly materializedSequence: number },
): Promise<Compared | "moved"> {
  if (deps.worker) await clearGeneration({ prisma: deps.worker }, key);
  const compared: Compared = { differences: [], replacements: [] };
  let highest = 0;
  for await (const planned of planVersions(readPaced(deps, key, input.materializedSequence))) {
    if (!(await compareOne(deps, key, { ...input, planned }, compared))) return "moved";
    highest = planned.version;
  }
  compared.differences.push(...(await findExtra(deps, key, { ...input, highest })));
  return compared;
}

/** Versions that the log knows nothing of. One that was begun meanwhile starts behind what was replayed. */
async function findExtra(
  { prisma }: RebuildDeps,
  key: ScriptKey,
  input: { readonly highest: number; readonly materializedSequence: number },
): Promise<Difference[]> {
  const rows = await prisma.scriptVersion.findMany({
    where: {
      ...key,
      version: { gt: input.highest },
      fromSequence: { lte: input.materializedSequence },
    },
    select: { version: true, sealedAt: true },
    orderBy: { version: "asc" },
  });
  return rows.map(({ version, sealedAt }) => ({
    ...key,
    version,
    isSealed: sealedAt !== null,
    difference: "not in the log",
    keptBecause: "a rebuild deletes nothing",
  }));
}

async function* readPaced(deps: RebuildDeps, key: ScriptKey, upTo: number) {
  for await (const page of readLogPages(deps, { ...key, after: 0, upTo })) {
    yield page;
    await deps.pace(page.length);
  }
}

/** False when the open version has moved on meanwhile. */
async function compareOne(
  { prisma, worker, now }: RebuildDeps,
  key: ScriptKey,
  { planned, rebuildId }: { readonly planned: PlannedVersion; readonly rebuildId: string },
  into: Compared,
): Promise<boolean> {
  const { version } = planned;
  const live = await prisma.scriptVersion.findUnique({
    where: { tenantId_scriptId_version: { ...key, version } },
  });
  const isSealed = planned.sealedAt !== null;
  if (live && !isSealed && live.toSequence > planned.toSequence) return false;
  const { differing, canSwitch } = live
    ? compareVersion(planned, live)
    : { differing: ["missing"], canSwitch: true };
  if (differing.length === 0) return true;
  const difference = differing.join(", ");
  const needsAcceptance = live !== null && live.sealedAt !== null;
  const accepted = needsAcceptance && canSwitch ? await findAccepted(prisma, key, planned) : undefined;
  into.differences.push({
    ...key,
    version,
    isSealed: needsAcceptance,
    difference,
    keptBecause: whyKept({ canSwitch, needsAcceptance, accepted }),
  });
  into.replacements.push({
    version,
    rebuildId: accepted ?? rebuildId,
    isMissing: live === null,
    isSealed: needsAcceptance,
  });
  if (worker && accepted === undefined)
    await keepVersion({ prisma: worker }, key, { rebuildId, planned, difference, now: now() });
  return true;
}

function whyKept(input: {
  readonly canSwitch: boolean;
  readonly needsAcceptance: boolean;
  readonly accepted: string | undefined;
}): string | null {
  if (!input.canSwitch) return "the row is of another log: what differs never changes in a row";
  if (input.needsAcceptance && input.accepted === undefined)
    return "it is sealed, and nobody has accepted the change";
  return null;
}

/** The rebuild under which an operator accepted this very version and which was not used yet. */
async function findAccepted(
  prisma: Pick<PrismaClient, "scriptVersionRebuild">,
  key: ScriptKey,
  { version, snapshot }: PlannedVersion,
): Promise<string | undefined> {
  const row = await prisma.scriptVersionRebuild.findFirst({
    where: { ...key, version, acceptedAt: { not: null }, switchedAt: null, stateHash: snapshot.stateHash },
    select: { rebuildId: true },
  });
  return row?.rebuildId;
}

/** What could be replaced by itself is kept with the rest of its script. */
function explain(differences: readonly Difference[], isBlocked: boolean): Difference[] {
  return differences.map((difference) => ({
    ...difference,
    keptBecause: difference.keptBecause ?? (isBlocked ? "another version of the script is kept" : null),
  }));
}

function busy(key: ScriptKey): Difference {
  return {
    ...key,
    version: 0,
    isSealed: false,
    difference: "unknown",
    keptBecause: `it was edited each of the ${ATTEMPTS} times that it was rebuilt; try again`,
  };
}
