import { type ScriptDraft } from "../drafts.ts";
import { type TrapContext, type Traps } from "./trapContext.ts";

const keyed = (key: (script: ScriptDraft) => string, isMade: boolean) => (context: TrapContext) => {
  const { row } = context.script();
  row.key = key({ row, versions: [], runs: [] });
  if (isMade) context.found("Script", row.id, "slug_made");
  else context.moves("Script", row.id);
};
/** Of the rows of scripts: keys, tenants, titles. */
export const scriptTraps: Traps = {
  key_near_duplicate: (context) => {
    const [made, plain] = [context.script(), context.script()];
    made.row.key = plain.row.key.replaceAll("-", " ").toUpperCase();
    made.row.tenantId = plain.row.tenantId;
    for (const { row } of made.runs) row.tenantId = plain.row.tenantId;
    context.found("Script", made.row.id, "slug_made");
    context.moves("Script", plain.row.id);
  },
  key_emoji: keyed(({ row }) => `📞 ${row.key}`, true),
  key_right_to_left: keyed(({ row }) => `שיחה ${row.key.replaceAll(/[a-z]/g, "")}`, true),
  key_very_long: keyed(({ row }) => `${row.key}-${"long-".repeat(60)}end`, true),
  key_duplicate: (context) => {
    const twins = [context.script({ runs: 0 }), context.script({ runs: 0 })];
    for (const { row } of twins) {
      row.tenantId = null;
      row.key = "twin";
      context.quarantined("Script", row.id, "tenant_missing");
    }
  },
  tenant_null: (context) => {
    const script = context.script({ runs: 1 });
    script.row.tenantId = null;
    context.quarantined("Script", script.row.id, "tenant_missing");
    script.runs[0]!.row.tenantId = null;
    context.quarantined("ScriptRun", script.runs[0]!.row.id, "run_script_not_moved");
  },
  tenant_invalid: (context) => {
    const { row } = context.script({ runs: 0 });
    row.tenantId = "no such / tenant";
    context.quarantined("Script", row.id, "tenant_invalid");
  },
  title_empty: (context) => {
    const { row } = context.script();
    row.title = "  ";
    context.found("Script", row.id, "title_repaired");
  },
  tags_repeated: (context) => {
    const { row } = context.script();
    row.tags = ["a", "b", "a", ""];
    context.found("Script", row.id, "tags_repaired");
  },
  latest_version_differs: (context) => {
    const { row } = context.script();
    row.latestVersion = 7;
    context.found("Script", row.id, "latest_version_differs");
  },
  no_versions: (context) => {
    const script = context.script({ runs: 0 });
    script.versions.length = 0;
    script.row.latestVersion = 1;
    context.moves("Script", script.row.id);
  },
};
