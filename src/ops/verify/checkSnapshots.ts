import type { LogRow } from "../../log/logRow.ts";
import { sealedBy, sealsVersion } from "../../materializer/planMaterialization.ts";
import { sameJson } from "../../scripts/sameJson.ts";
import { toSnapshot, type Snapshot } from "../../scripts/snapshot.ts";
import { REDUCER_VERSION, type ScriptState } from "../../scripts/state.ts";
import { shorten } from "./checkChain.ts";
import { report, type PassContext } from "./passContext.ts";
import type { VersionFacts } from "./readScript.ts";

/** Holds a version's row against its last command, and the state that the log gives after it. */
export async function checkSnapshot(
  context: PassContext,
  version: VersionFacts,
  state: ScriptState,
  last: LogRow,
): Promise<void> {
  const { findings, key, prisma } = context;
  findings.looked("snapshots-equal-replay");
  checkSealing(context, version, last);
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

/** Whether a version is sealed at all is told by one-open-version. */
function checkSealing(context: PassContext, version: VersionFacts, last: LogRow): void {
  if (version.sealedAt !== null && sealsVersion(last))
    holdAgainst(context, version, { command: last, says: sealedBy(last) });
}

/** Holds the open version's row against the command that it begins with. */
export function checkDraft(context: PassContext, version: VersionFacts, first: LogRow): void {
  const { actorId: createdById, createdAt } = first;
  holdAgainst(context, version, { command: first, says: { createdById, createdAt } });
}

function holdAgainst(
  context: PassContext,
  version: VersionFacts,
  { command, says }: { readonly command: LogRow; readonly says: Partial<VersionFacts> },
): void {
  for (const [name, value] of Object.entries(says)) {
    const found = version[name as keyof VersionFacts];
    if (String(found) !== String(value))
      report(
        context,
        "snapshots-equal-replay",
        `The ${name} of version ${version.version} is ${JSON.stringify(found)}, command ${command.sequence} says ${JSON.stringify(value)}.`,
        command.sequence,
      );
  }
}

function explain({ reducerVersion }: VersionFacts): string {
  if (reducerVersion === REDUCER_VERSION) return "";
  return ` It was written by reducer version ${reducerVersion}, this release has ${REDUCER_VERSION}.`;
}
