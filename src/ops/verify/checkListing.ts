import { sameJson } from "../../scripts/sameJson.ts";
import type { ScriptState } from "../../scripts/state.ts";
import { report, type PassContext } from "./passContext.ts";

/** Holds the script's own row against the state at the head of its log. */
export function checkListing(context: PassContext, state: ScriptState): void {
  const { script } = context.facts;
  context.findings.looked("listing-equals-log");
  if (!script) return report(context, "listing-equals-log", "There is a log, but no script.");
  const expected = { ...state.details, status: state.status };
  for (const [name, value] of Object.entries(expected)) {
    const found = script[name as keyof typeof script];
    if (!sameJson(found, value))
      report(
        context,
        "listing-equals-log",
        `The script's ${name} is ${JSON.stringify(found)}, its log says ${JSON.stringify(value)}.`,
      );
  }
}

/** Holds the script's pointers against the state at the materialized sequence. */
export function checkPointersByLog(context: PassContext, state: ScriptState): void {
  const { script, versions } = context.facts;
  if (!script) return;
  const active = versions.find(({ id }) => id === script.activeVersionId)?.version ?? null;
  if (active !== state.activeVersion)
    report(
      context,
      "published-pointer",
      `The script points to version ${String(active)}, its log says ${String(state.activeVersion)}.`,
    );
  if (script.latestVersion !== state.latestVersion)
    report(
      context,
      "published-pointer",
      `The script's latest version is ${script.latestVersion}, its log says ${state.latestVersion}.`,
    );
}
