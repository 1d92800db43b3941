import jsonPatch, { type Operation } from "fast-json-patch";
import { chainHash, GENESIS_HASH } from "../../src/log/chainHash.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { parseCommandName } from "../../src/scripts/registry.ts";
import { replay } from "../../src/scripts/replay.ts";
import { toSnapshot } from "../../src/scripts/snapshot.ts";
import type { ScriptState } from "../../src/scripts/state.ts";
import type { StoredCommand } from "../../src/scripts/storedCommand.ts";
import type { AuditPage, GraphAnswer, LoggedCommand, LogPage, VersionAnswer } from "./answers.ts";
import type { Story } from "./story.ts";

const PAGE = 60;

/** Reads the whole log over HTTP and replays it here from the first command, beside the service's own results. */
export async function replayLog(story: Story, head: number): Promise<void> {
  const { transcript } = story;
  transcript.chapter("The whole log is read, replayed from the first command, and compared");
  const log = await readLog(story);
  const isGapless = log.length === head && log.every(({ sequence }, index) => sequence === index + 1);
  transcript.expect(`the log is 1 to ${head} without a gap`, isGapless, log.length);
  transcript.expect(
    `the chain of ${log.length} hashes is unbroken`,
    findBrokenLink(story, log) === undefined,
    findBrokenLink(story, log),
  );
  await compareVersions(story, log);
  await comparePoints(story, log);
  await comparePatches(story, log);
  await compareAudit(story, log);
}

async function readLog(story: Story): Promise<LoggedCommand[]> {
  const log: LoggedCommand[] = [];
  for (let after: number | null = 0; after !== null;) {
    const { body }: { body: LogPage } = await story.ada.get<LogPage>(
      `${story.script}/commands?after=${after}&limit=${PAGE}`,
    );
    log.push(...body.commands);
    after = body.nextAfter;
  }
  return log;
}

/** The first sequence whose hash does not follow from the one before and its own content. */
function findBrokenLink({ tenantId, scriptId }: Story, log: readonly LoggedCommand[]): number | undefined {
  let before = GENESIS_HASH;
  for (const row of log) {
    const { actor, command, createdAt, chainHash: claimed, ...rest } = row;
    const { type, version } = parseCommandName(command)!;
    const computed = chainHash(before, {
      ...rest,
      tenantId,
      scriptId,
      type,
      typeVersion: version,
      actorType: actor.type,
      actorId: actor.id,
      onBehalfOf: actor.onBehalfOf ?? null,
      createdAt: new Date(createdAt),
    });
    if (computed !== claimed) return row.sequence;
    before = claimed;
  }
  return undefined;
}

async function compareVersions(story: Story, log: readonly LoggedCommand[]): Promise<void> {
  const { transcript, ada } = story;
  const { body: list } = await ada.get<{ readonly entries: readonly VersionAnswer[] }>(
    `${story.script}/versions`,
  );
  const versions = list.entries.toSorted((a, b) => a.version - b.version);
  transcript.expect("there are three versions", versions.length === 3, versions);
  const stored = log.map(toStored);
  let state: ScriptState = EMPTY_STATE;
  for (const { version, fromSequence, toSequence, graphHash, stateHash } of versions) {
    const startedAt = performance.now();
    state = replay(state, stored.slice(fromSequence - 1, toSequence));
    const ms = performance.now() - startedAt;
    const own = toSnapshot(state);
    transcript.note(
      `${toSequence - fromSequence + 1} commands in ${ms.toFixed(1)} ms: graph ${own.graphHash.slice(0, 16)}..., state ${own.stateHash.slice(0, 16)}...`,
    );
    const isSame = own.graphHash === graphHash && own.stateHash === stateHash;
    transcript.expect(`replayed to ${toSequence} it is version ${version}, hash for hash`, isSame, {
      own: own.graphHash,
      graphHash,
    });
  }
  const whole = replay(EMPTY_STATE, stored);
  const { body: head } = await ada.get<GraphAnswer>(`${story.script}/graph`);
  transcript.expect(
    "replayed to the end it is the document of the head",
    toSnapshot(whole).graphHash === head.graphHash,
    head.graphHash,
  );
}

/** The document as it was at any point, by sequence and by time, is what a replay up to there gives. */
async function comparePoints(story: Story, log: readonly LoggedCommand[]): Promise<void> {
  const { transcript, ada } = story;
  for (const sequence of [1, 18, Math.floor(log.length / 2), log.length - 3]) {
    const { body } = await ada.get<GraphAnswer>(`${story.script}/graph?at=${sequence}`);
    const own = toSnapshot(replay(EMPTY_STATE, log.slice(0, sequence).map(toStored)));
    const isSame = body.sequence === sequence && body.graphHash === own.graphHash;
    transcript.expect(`replayed to ${sequence} it is the document as it was then`, isSame, body.graphHash);
  }
  const time = log[130]!.createdAt;
  const last = log.findLast(({ createdAt }) => createdAt <= time)!;
  const { body } = await ada.get<GraphAnswer>(`${story.script}/graph?at=${time}`);
  transcript.expect(
    `at ${time} the log ended at ${last.sequence}`,
    body.sequence === last.sequence,
    body.sequence,
  );
}

/** The stored patches alone, without any reducer, lead to the same state and back to nothing. */
async function comparePatches({ transcript }: Story, log: readonly LoggedCommand[]): Promise<void> {
  const state = structuredClone(EMPTY_STATE);
  for (const { patch } of log) jsonPatch.applyPatch(state, structuredClone(patch) as Operation[]);
  const replayed = toSnapshot(replay(EMPTY_STATE, log.map(toStored)));
  transcript.expect(
    "the stored patches lead to the same state",
    toSnapshot(state).stateHash === replayed.stateHash,
  );
  for (const { inversePatch } of log.toReversed())
    jsonPatch.applyPatch(state, structuredClone(inversePatch) as Operation[]);
  transcript.expect(
    "the inverse patches lead back to nothing",
    toSnapshot(state).stateHash === toSnapshot(EMPTY_STATE).stateHash,
  );
}

async function compareAudit(story: Story, log: readonly LoggedCommand[]): Promise<void> {
  const { transcript } = story;
  const { body } = await story.ada.get<AuditPage>(`${story.script}/audit`);
  for (const { action, actor, fromSequence, toSequence, note } of body.entries.toReversed())
    transcript.note(
      `${`${fromSequence}-${toSequence}`.padStart(8)} ${action.padEnd(9)} ${actor.id}${note ? `: ${note}` : ""}`,
    );
  const batches = new Set(log.map(({ batchId }) => batchId)).size;
  transcript.expect(
    `each of ${batches} batches has one entry in the audit trail`,
    body.entries.length === batches,
    body.entries.length,
  );
}

function toStored({ command, sequence, payload, facts }: LoggedCommand): StoredCommand {
  const { type, version } = parseCommandName(command)!;
  return { sequence, type, typeVersion: version, payload, facts };
}
