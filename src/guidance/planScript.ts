import { layOut } from "./layOut.ts";
import type { LegacyScript, LegacyVersion } from "./legacyRows.ts";
import { mapDetails } from "./mapDetails.ts";
import { finishVersion, mapVersion } from "./mapVersion.ts";
import type { MappedVersion } from "./mapVersion.ts";
import { canonicalId } from "./names.ts";
import { planSteps } from "./planSteps.ts";
import type { FinishedVersion } from "./planSteps.ts";
import { find, quarantine, sortProblems } from "./reasons.ts";
import type { Problems } from "./reasons.ts";
import type { IdMapEntry, PlanOptions, ScriptPlan } from "./scriptPlan.ts";

export type { PlannedCommand, PlanOptions, PlanStep, ScriptPlan } from "./scriptPlan.ts";

const TENANT_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** Missing version numbers of one script that are filled. Each is a row for ever. */
const MOST_FILLED = 1_000;

/** Reasons that one edge stays behind for; any other holds the whole script back. */
const EDGE_REASONS: ReadonlySet<string> = new Set([
  "edge_dangling",
  "edge_crosses_versions",
  "condition_not_json",
  "condition_invalid",
  "condition_too_large",
]);

/** Maps a legacy script to the commands that make the canonical one. The same rows always give the same plan. */
export function planScript(legacy: LegacyScript, options: PlanOptions): ScriptPlan {
  const problems: Problems = { quarantined: [], findings: [] };
  const tenantId = tenantOf(problems, legacy, options);
  const sorted = legacy.versions.toSorted((a, b) => a.row.version - b.row.version);
  checkNumbers(problems, sorted);
  const mapped = sorted.map((version) => mapVersion(problems, version));
  const places = placeNodes(mapped);
  const finished = mapped.flatMap((version) =>
    version ? [{ ...version, ...finishVersion(problems, version, places) }] : [],
  );
  if (tenantId === undefined || problems.quarantined.some(({ code }) => !EDGE_REASONS.has(code)))
    return { kind: "blocked", ...sortProblems(problems) };
  const scriptId = canonicalId(tenantId, legacy.row.id);
  if (scriptId !== legacy.row.id)
    find(problems, "id_replaced", "Script", legacy.row.id, `It is ${scriptId} now.`);
  const mustDiffer = (legacy.row.tenantId === null || options.isSlugTaken) ?? false;
  const details = mapDetails(problems, legacy.row, scriptId, mustDiffer);
  checkLatest(problems, legacy, sorted);
  const activeVersion = chooseActive(problems, finished);
  const { steps, versions } = planSteps(problems, {
    legacy,
    scriptId,
    details,
    finished,
    activeVersion,
    options,
  });
  return {
    kind: "planned",
    tenantId,
    scriptId,
    details,
    steps,
    versions,
    activeVersion,
    facts: {
      row: legacy.row,
      moved: { name: details.name, description: details.description, labels: details.labels },
      latestVersion: versions.length,
    },
    idMap: toIdMap({ row: legacy.row, versions: sorted }, tenantId, scriptId, details.slug),
    ...sortProblems(problems),
  };
}

function tenantOf(
  problems: Problems,
  { row }: LegacyScript,
  { tenantForNull }: PlanOptions,
): string | undefined {
  if (row.tenantId === null && tenantForNull === undefined) {
    quarantine(
      problems,
      "tenant_missing",
      "Script",
      row.id,
      "Give it one, or name one for all such scripts.",
    );
    return undefined;
  }
  const tenantId = row.tenantId ?? tenantForNull!;
  if (!TENANT_ID.test(tenantId)) {
    quarantine(
      problems,
      "tenant_invalid",
      "Script",
      row.id,
      `It is ${JSON.stringify(tenantId.slice(0, 100))}.`,
    );
    return undefined;
  }
  if (row.tenantId === null) find(problems, "tenant_assigned", "Script", row.id, `It is ${tenantId}.`);
  return tenantId;
}

function checkNumbers(problems: Problems, sorted: readonly LegacyVersion[]): void {
  let last = 0;
  let missing = 0;
  for (const { row } of sorted) {
    if (row.version < 1) {
      quarantine(problems, "version_number_invalid", "ScriptVersion", row.id, `It is ${row.version}.`);
      continue;
    }
    const gap = row.version - last - 1;
    last = row.version;
    missing += gap;
    if (gap > 0 && missing <= MOST_FILLED)
      find(problems, "version_gap", "ScriptVersion", row.id, `${gap} before ${row.version}.`);
    else if (gap > 0) {
      const detail = `${missing} up to ${row.version}; ${MOST_FILLED} can be. Renumber the version.`;
      quarantine(problems, "version_gap_too_large", "ScriptVersion", row.id, detail);
    }
  }
}

function checkLatest(problems: Problems, { row }: LegacyScript, sorted: readonly LegacyVersion[]): void {
  const highest = sorted.at(-1)?.row.version ?? 0;
  // A script is made with latestVersion 1, before it has a version.
  if (row.latestVersion === highest || (highest === 0 && row.latestVersion === 1)) return;
  const detail = `It says ${row.latestVersion}, the highest is ${highest}.`;
  find(problems, "latest_version_differs", "Script", row.id, detail);
}

function chooseActive(problems: Problems, finished: readonly FinishedVersion[]): number | null {
  const active = finished.filter(({ version }) => version.row.status === "ACTIVE");
  const chosen = active.at(-1);
  if (!chosen) return null;
  for (const { version } of active.slice(0, -1))
    find(
      problems,
      "several_active",
      "ScriptVersion",
      version.row.id,
      `Version ${chosen.version.row.version} is.`,
    );
  if (chosen.isPublishable) return chosen.version.row.version;
  find(problems, "not_publishable", "ScriptVersion", chosen.version.row.id);
  return null;
}

/** One place per node for all versions: a later version then moves only the nodes that its author added. */
function placeNodes(mapped: readonly (MappedVersion | undefined)[]): ReturnType<typeof layOut> {
  const versions = mapped.filter((version) => version !== undefined);
  // The latest version comes first: its order of siblings is what people will look at.
  const newestFirst = versions.toReversed();
  return layOut({
    nodeIds: [...new Set(newestFirst.flatMap(({ nodes }) => nodes.map(({ id }) => id)))],
    edges: newestFirst.flatMap(({ edges }) => edges),
    entries: newestFirst.flatMap(({ entryNodeId }) => entryNodeId ?? []),
  });
}

function toIdMap(legacy: LegacyScript, tenantId: string, scriptId: string, slug: string): IdMapEntry[] {
  const { id, key } = legacy.row;
  const script = { legacyTable: "Script", legacyId: id, tenantId } as const;
  return [
    { ...script, kind: "script", newId: scriptId },
    ...(slug === key ? [] : [{ ...script, kind: "slug", newId: slug } as const]),
    ...legacy.versions.map(({ row }) => ({
      legacyTable: "ScriptVersion",
      legacyId: row.id,
      tenantId,
      kind: "version" as const,
      newId: `${scriptId}/${row.version}`,
    })),
  ];
}
