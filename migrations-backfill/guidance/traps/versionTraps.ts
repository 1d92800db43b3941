import type { FindingReason } from "../../../src/guidance/reasons.ts";
import { first, type TrapContext, type Traps } from "./trapContext.ts";

const versionTimed =
  (createdAt: string, code: FindingReason) =>
  (context: TrapContext): void => {
    const version = context.script({ versions: 3 }).versions[2]!;
    version.row.createdAt = createdAt;
    version.row.publishedAt = null;
    context.found("ScriptVersion", version.row.id, code);
  };

/** Of the rows of versions: numbers, statuses, times. */
export const versionTraps: Traps = {
  several_active: (context) => {
    const script = context.script({ versions: 3, runs: 0 });
    script.versions[0]!.row.status = "ACTIVE";
    context.found("ScriptVersion", script.versions[0]!.row.id, "several_active");
  },
  none_active: (context) => {
    const script = context.script({ versions: 2, runs: 0 });
    for (const { row } of script.versions) row.status = "DRAFT";
    context.moves("Script", script.row.id);
  },
  version_gap: (context) => {
    const script = context.script({ versions: 3 });
    script.versions[2]!.row.version = 6;
    script.row.latestVersion = 6;
    context.found("ScriptVersion", script.versions[2]!.row.id, "version_gap");
  },
  version_gap_too_large: (context) => {
    const script = context.script({ versions: 2, runs: 0 });
    script.versions[1]!.row.version = 2_000_000;
    context.quarantined("ScriptVersion", script.versions[1]!.row.id, "version_gap_too_large");
  },
  version_number_invalid: (context) => {
    const script = context.script({ versions: 2, runs: 0 });
    script.versions[0]!.row.version = 0;
    context.quarantined("ScriptVersion", script.versions[0]!.row.id, "version_number_invalid");
    // What was version 2 is the first one now, and follows a gap.
    context.found("ScriptVersion", script.versions[1]!.row.id, "version_gap");
  },
  version_orphan: (context) => {
    const script = context.script({ versions: 1 });
    const row = { ...first(script).row, id: context.dice.id(), scriptId: context.dice.id() };
    context.stray({ table: "ScriptVersion", row });
    context.quarantined("ScriptVersion", row.id, "version_orphan");
  },
  notes_long: (context) => {
    const { row } = first(context.script());
    row.notes = "long ".repeat(2_000);
    context.found("ScriptVersion", row.id, "notes_cut");
  },
  time_infinite: versionTimed("infinity", "time_not_finite"),
  time_minus_infinite: versionTimed("-infinity", "time_not_finite"),
  // 4000 BC, and the year 9000.
  time_far_past: versionTimed("-188395200000000", "time_out_of_range"),
  time_far_future: versionTimed("221845392000000", "time_out_of_range"),
  time_goes_back: (context) => {
    const script = context.script({ versions: 3 });
    const { row } = script.versions[2]!;
    row.createdAt = String(Number(script.versions[0]!.row.createdAt) - 1_000);
    row.publishedAt = null;
    context.found("ScriptVersion", row.id, "time_went_back");
  },
};
