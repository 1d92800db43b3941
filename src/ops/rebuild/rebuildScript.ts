import type { ScriptKey } from "../../log/logRow.ts";
import { switchGeneration } from "../../materializer/rebuild/switchGeneration.ts";
import { ReplayError } from "../../scripts/replayError.ts";
import { DamagedLogError } from "../log/soundLog.ts";
import { readScript, type ScriptFacts } from "../verify/readScript.ts";
import { compareScript, type Compared, type RebuildDeps } from "./compareScript.ts";
import type { Difference } from "./difference.ts";
import { putListing } from "./putListing.ts";

export interface RebuiltScript {
  readonly kind: "same" | "switched" | "kept";
  readonly differences: readonly Difference[];
}

/** A busy script moves on while it is rebuilt. */
const ATTEMPTS = 5;

/**
 * Makes everything of a script that follows from its log anew, beside what is there, and compares: versions, pointers,
 * the listing. Where they differ it puts the new in the place of the old, versions and pointers all or none: one
 * sealed version that no operator accepted keeps them as they are. Of a log that is damaged nothing is made.
 */
export async function rebuildScript(
  deps: RebuildDeps,
  key: ScriptKey,
  rebuildId: string,
): Promise<RebuiltScript> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const facts = await readScript(deps, key);
    if (!facts) return { kind: "same", differences: [] };
    try {
      const compared = await compareScript(deps, key, { facts, rebuildId: `${rebuildId}-${attempt}` });
      const rebuilt = compared === "moved" ? "moved" : await putRight(deps, key, facts, compared);
      if (rebuilt !== "moved") return rebuilt;
    } catch (error) {
      if (!(error instanceof ReplayError || error instanceof DamagedLogError)) throw error;
      return keptAsItIs(key, "log", error.message);
    }
  }
  const why = `it was edited each of the ${ATTEMPTS} times that it was rebuilt; try again`;
  return keptAsItIs(key, "unknown", why);
}

async function putRight(
  deps: RebuildDeps,
  key: ScriptKey,
  { stream }: ScriptFacts,
  { differences, replacements, pointers, listing }: Compared,
): Promise<RebuiltScript | "moved"> {
  const { headSequence, materializedSequence } = stream;
  const isBlocked = differences.some(({ blocks }) => blocks);
  if (deps.worker && !isBlocked && (replacements.length > 0 || pointers)) {
    const worker = { prisma: deps.worker, now: deps.now };
    const moved = await switchGeneration(worker, key, { materializedSequence, replacements, pointers });
    if (moved === "moved") return "moved";
  }
  const put = deps.worker && listing ? await putListing(deps, key, { headSequence, listing }) : "put";
  if (put === "moved") return "moved";
  return describe(
    differences.map((difference) => ({
      ...difference,
      keptBecause: whyKept(difference, { isBlocked, put }),
    })),
    deps.worker === undefined,
  );
}

function whyKept(
  { what, keptBecause }: Difference,
  { isBlocked, put }: { readonly isBlocked: boolean; readonly put: "put" | "slug_taken" },
): string | null {
  if (keptBecause !== null) return keptBecause;
  if (what === "listing")
    return put === "slug_taken" ? "another script of the tenant has its slug; rebuild that one first" : null;
  // What could be replaced by itself is kept with the rest of its script.
  return isBlocked ? "another difference of the script is kept" : null;
}

function describe(differences: readonly Difference[], isDryRun: boolean): RebuiltScript {
  if (differences.length === 0) return { kind: "same", differences };
  const isKept = isDryRun || differences.some(({ keptBecause }) => keptBecause !== null);
  return { kind: isKept ? "kept" : "switched", differences };
}

function keptAsItIs(key: ScriptKey, difference: string, keptBecause: string): RebuiltScript {
  return {
    kind: "kept",
    differences: [
      { ...key, what: "script", version: null, isSealed: false, difference, keptBecause, blocks: true },
    ],
  };
}
