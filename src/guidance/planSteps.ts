import { toDocument } from "../scripts/document/document.ts";
import { EMPTY_STATE } from "../scripts/emptyState.ts";
import { sameJson } from "../scripts/sameJson.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import type { VersionFacts } from "./legacyFacts.ts";
import type { LegacyScript, LegacyVersion } from "./legacyRows.ts";
import { repairTime } from "./legacyTime.ts";
import type { MappedDetails } from "./mapDetails.ts";
import type { MappedVersion } from "./mapVersion.ts";
import { legible } from "./names.ts";
import { find } from "./reasons.ts";
import type { Problems } from "./reasons.ts";
import type { PlannedVersion, PlanOptions, PlanStep } from "./scriptPlan.ts";

const CHANGELOG_LENGTH = 5_000;

/** A mapped version with its document and what the document has no place for. */
export type FinishedVersion = MappedVersion & {
  readonly document: ScriptDocument;
  readonly facts: VersionFacts;
};

export interface Planning {
  readonly legacy: LegacyScript;
  readonly scriptId: string;
  readonly details: MappedDetails;
  readonly finished: readonly FinishedVersion[];
  readonly activeVersion: number | null;
  readonly options: PlanOptions;
}

/**
 * The submissions that make a script: its creation, each version with what fills the numbers before it, and the
 * publish of the active one.
 */
export function planSteps(
  problems: Problems,
  { legacy, scriptId, details, finished, activeVersion, options }: Planning,
): { readonly steps: readonly PlanStep[]; readonly versions: readonly PlannedVersion[] } {
  const asOf = options.asOf.getTime();
  const { row } = legacy;
  const steps: PlanStep[] = [];
  const versions: PlannedVersion[] = [];
  let now = repairTime(
    problems,
    { legacyTable: "Script", legacyId: row.id, time: row.createdAt },
    { earliest: 0, asOf },
  );
  let document = toDocument(EMPTY_STATE);
  let publishing: { readonly at: number; readonly version: number } | undefined;

  const step = (note: string, commands: readonly (readonly [string, string, unknown])[]): void => {
    steps.push({
      at: new Date(now),
      note,
      commands: commands.map(([name, command, payload]) => ({
        commandId: `guidance.${scriptId}.${name}`,
        command: `Scripts.${command}.v1`,
        payload,
      })),
    });
  };
  const publish = (): void => {
    if (!publishing) return;
    const { version, at } = publishing;
    now = Math.max(now, at);
    publishing = undefined;
    step(`guidance: version ${version} published`, [[`v${version}.publish`, "PublishVersion", { version }]]);
  };
  const fill = (version: number): void => {
    const changelog = `Version ${version} did not exist in guidance. This one changes nothing; it stands here so that the numbers of the others stay.`;
    const note = `guidance: there is no version ${version}`;
    step(note, [[`v${version}.commit`, "CommitVersion", { allowUnchanged: true, changelog }]]);
    versions.push({ version, document, changelog, createdAt: new Date(now), facts: null });
  };

  step("guidance: script", [["create", "CreateScript", details]]);
  for (const { version, document: next, facts } of finished) {
    const { row: versionRow } = version;
    const timed = { legacyTable: "ScriptVersion", legacyId: versionRow.id } as const;
    const createdAt = repairTime(
      problems,
      { ...timed, time: versionRow.createdAt },
      { earliest: timeOf(versions, now), asOf },
    );
    if (publishing && publishing.at <= createdAt) publish();
    // A publish does not hold later versions up: it comes before the first that is younger, or else at the end.
    now = Math.max(now, createdAt);
    while (versions.length + 1 < versionRow.version) fill(versions.length + 1);
    const changelog = changelogOf(problems, version);
    const isSame = sameJson(next, document);
    const commit = {
      ...(changelog === null ? {} : { changelog }),
      ...(isSame ? { allowUnchanged: true } : {}),
    };
    const name = `v${versionRow.version}`;
    step(`guidance: version ${versionRow.version}`, [
      ...(isSame ? [] : [[`${name}.graph`, "ReplaceGraph", next] as const]),
      [`${name}.commit`, "CommitVersion", commit],
    ]);
    document = next;
    versions.push({ version: versionRow.version, document, changelog, createdAt: new Date(now), facts });
    if (versionRow.version !== activeVersion) continue;
    const at = repairTime(
      problems,
      { ...timed, time: versionRow.publishedAt ?? versionRow.createdAt },
      { earliest: versionRow.publishedAt === null ? 0 : createdAt, asOf },
    );
    publishing = { version: activeVersion, at };
  }
  publish();
  return { steps, versions };
}

/** What a version must not be before: the version before it, or the script. */
function timeOf(versions: readonly PlannedVersion[], now: number): number {
  return versions.at(-1)?.createdAt.getTime() ?? now;
}

function changelogOf(problems: Problems, { row }: LegacyVersion): string | null {
  if (row.notes === null || row.notes.length <= CHANGELOG_LENGTH) return row.notes;
  find(problems, "notes_cut", "ScriptVersion", row.id, `They had ${row.notes.length} characters.`);
  return legible(row.notes, CHANGELOG_LENGTH);
}
