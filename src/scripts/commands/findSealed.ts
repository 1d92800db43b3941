import type { DecideContext, Decision } from "../command.ts";
import type { ScriptState } from "../state.ts";
import type { ScriptDocument } from "../storedCommand.ts";
import { refuse } from "./refuse.ts";

/** The document of a sealed version, or no. */
export function findSealed(
  state: ScriptState,
  version: number,
  context: DecideContext,
): ScriptDocument | Decision {
  if (!Object.hasOwn(state.versions, version)) {
    const known = state.latestVersion === 0 ? "None is sealed yet" : `The latest is ${state.latestVersion}`;
    return refuse("version_not_found", "/version", `There is no sealed version ${version}. ${known}.`);
  }
  const document = context.sealedDocument(version);
  if (document) return document;
  throw new Error(
    `Version ${version} is sealed, but its document was not handed to decideBatch. Load those that neededVersions names.`,
  );
}
