import type { LogRow } from "../../log/logRow.ts";
import type { ScriptState } from "../../scripts/state.ts";
import { differingMembers, listingOf } from "../log/listing.ts";
import { report, type PassContext } from "./passContext.ts";

/** Holds the script's own row against its log: the state at the head, and the first and the last command. */
export function checkListing(
  context: PassContext,
  state: ScriptState,
  ends: { readonly first: LogRow; readonly last: LogRow },
): void {
  const { script } = context.facts;
  context.findings.looked("listing-equals-log");
  if (!script) return report(context, "listing-equals-log", "There is a log, but no script.");
  const listing = listingOf(state, ends);
  for (const name of differingMembers(script, listing))
    report(
      context,
      "listing-equals-log",
      `The script's ${name} is ${JSON.stringify(script[name])}, its log says ${JSON.stringify(listing[name])}.`,
    );
}

/** Holds the versions that are sealed against those that the log has sealed, at the materialized sequence. */
export function checkSealedByLog(context: PassContext, state: ScriptState): void {
  for (const { version, sealedAt } of context.facts.versions) {
    const isSealed = Object.hasOwn(state.versions, version);
    if (isSealed !== (sealedAt !== null))
      report(
        context,
        "one-open-version",
        `Version ${version} is ${sealedAt === null ? "open" : "sealed"}, its log says ${isSealed ? "sealed" : "open"}.`,
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
