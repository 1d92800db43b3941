import { sameJson } from "../../scripts/sameJson.ts";
import { toSnapshot, type Snapshot } from "../../scripts/snapshot.ts";
import { REDUCER_VERSION, type ScriptState } from "../../scripts/state.ts";
import { shorten } from "./checkChain.ts";
import { report, type PassContext } from "./passContext.ts";
import type { VersionFacts } from "./readScript.ts";

/** Holds a version's row against the state that the log gives at its end. */
export async function checkSnapshot(
  context: PassContext,
  version: VersionFacts,
  state: ScriptState,
): Promise<void> {
  const { findings, key, prisma } = context;
  findings.looked("snapshots-equal-replay");
  const expected = toSnapshot(state);
  const say = (message: string): void =>
    report(
      context,
      "snapshots-equal-replay",
      `Version ${version.version} ${message}${explain(version)}`,
      version.toSequence,
    );
  for (const name of ["stateHash", "graphHash"] as const)
    if (version[name] !== expected[name])
      say(`has ${name} ${shorten(version[name])}, a replay gives ${shorten(expected[name])}.`);
  // Only the row that was read before: the open version may have moved on since, and then it is another one.
  const row = await prisma.scriptVersion.findFirst({
    where: { ...key, id: version.id, toSequence: version.toSequence, stateHash: version.stateHash },
    select: { graphJson: true, variablesDef: true, streamJson: true },
  });
  if (!row) {
    if (version.sealedAt !== null) say("is gone since the check began.");
    return;
  }
  const found = row as unknown as Snapshot;
  for (const name of ["graphJson", "variablesDef", "streamJson"] as const)
    if (!sameJson(found[name], expected[name])) say(`has another ${name} than a replay gives.`);
}

function explain({ reducerVersion }: VersionFacts): string {
  if (reducerVersion === REDUCER_VERSION) return "";
  return ` It was written by reducer version ${reducerVersion}, this release has ${REDUCER_VERSION}.`;
}
