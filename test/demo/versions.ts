import { setTimeout as delay } from "node:timers/promises";
import type { GraphAnswer, ScriptAnswer, VersionAnswer } from "./answers.ts";
import { command, edit, type Story } from "./story.ts";

/** Seals, publishes, edits on and rolls back. Answers the head. */
export async function makeVersions(story: Story, head: number): Promise<number> {
  const { transcript, ada } = story;
  transcript.chapter("The worker materializes; version 1 is sealed and published");
  await waitForMaterializer(story, head);
  const first = await ada.post<VersionAnswer>(`${story.script}/commit`, {
    changelog: "First complete draft",
  });
  transcript.demand("the commit is answered with the sealed version", first.status === 201, first.body);
  describe(story, first.body);
  transcript.expect(
    "version 1 covers the log from 1 to its commit",
    covers(first.body, 1, 1, head + 1),
    first.body,
  );
  const published = await ada.post<VersionAnswer>(`${story.script}/versions/1/publish`, {});
  transcript.expect(
    "version 1 is published",
    published.status === 200 && published.body.isPublished,
    published.body,
  );
  const { body: live } = await ada.get<ScriptAnswer>(story.script);
  const isLive = live.status === "PUBLISHED" && live.activeVersion?.version === 1;
  transcript.expect("the next read shows it as the active version", isLive, live);

  const second = await editOn(story, head + 2);
  return rollBack(story, first.body, second);
}

/** An edit is readable at once; the snapshot follows. */
async function waitForMaterializer(story: Story, head: number): Promise<void> {
  const startedAt = performance.now();
  const deadline = startedAt + 10_000;
  let materialized = 0;
  while (materialized < head && performance.now() < deadline) {
    materialized = (await story.ada.get<ScriptAnswer>(story.script)).body.materializedSequence;
    if (materialized < head) await delay(50);
  }
  const ms = (performance.now() - startedAt).toFixed(0);
  story.transcript.expect(
    `the draft is materialized up to ${head} (waited ${ms} ms)`,
    materialized === head,
    materialized,
  );
}

async function editOn(story: Story, head: number): Promise<VersionAnswer> {
  const { transcript, ada, agent } = story;
  transcript.chapter("Edits go on: version 2");
  const improved = await edit(story, agent, "improve", {
    note: "Shorter way to the tow truck; clearer name for the estimate",
    commands: [
      command("RemoveNode", { nodeId: "n_tow_info", edges: "bridge" }),
      command("UpdateNode", {
        nodeId: "n_tow",
        data: { title: "Send a tow truck and say so", announce: true },
      }),
      command("RenameVariable", { key: "estimated_damage", newKey: "damage_estimate" }),
      command("UpdateVariable", { key: "preferred_contact", label: "How to reach the caller" }),
    ],
  });
  transcript.expect(
    "four edits of different kinds are one batch",
    improved.status === 201 && improved.body.headSequence === head + 4,
    improved.body,
  );
  const { added, updated, removed } = improved.body.diff;
  transcript.note(
    `added ${added.length}, updated ${updated.length}, removed ${removed.length}: ${removed.join(", ")}`,
  );
  const moves = [{ nodeId: "n_tow", position: { x: 340, y: 2_430 } }];
  await edit(story, ada, "tidy", { commands: [command("MoveNodes", { moves })] });
  const second = await ada.post<VersionAnswer>(`${story.script}/commit`, {
    changelog: "Shorter way to the tow truck",
  });
  transcript.demand("the next commit makes version 2", second.status === 201, second.body);
  describe(story, second.body);
  transcript.expect(
    "version 2 goes on where version 1 ended",
    covers(second.body, 2, head, head + 6),
    second.body,
  );
  const { body: diff } = await ada.get<{ readonly removed: readonly string[] }>(
    `${story.script}/versions/1/diff/2`,
  );
  const isNamed =
    diff.removed.includes("nodes/n_tow_info") && diff.removed.includes("variables/estimated_damage");
  transcript.expect("the difference of the two names what went", isNamed, diff.removed);
  return second.body;
}

async function rollBack(story: Story, first: VersionAnswer, second: VersionAnswer): Promise<number> {
  const { transcript, ada } = story;
  transcript.chapter("Rolled back: version 3 is what version 1 was, and nothing is erased");
  const path = `${story.script}/rollback`;
  const { status, body } = await ada.post<{ readonly version: VersionAnswer }>(path, {
    version: 1,
    publish: true,
  });
  transcript.demand("the rollback is answered with a new version", status === 200, body);
  const third = body.version;
  describe(story, third);
  const isBack = third.version === 3 && third.graphHash === first.graphHash && third.isPublished;
  transcript.expect("version 3 has the hash of version 1 and is published", isBack, third);
  transcript.expect("its way there is part of the log", third.fromSequence === second.toSequence + 1, third);

  transcript.chapter("The document as it was at earlier points");
  for (const version of [first, second]) {
    const { body: then } = await ada.get<GraphAnswer>(`${story.script}/graph?at=${version.toSequence}`);
    transcript.expect(
      `at ${version.toSequence} it is version ${version.version}, hash for hash`,
      then.graphHash === version.graphHash,
      then.graphHash,
    );
  }
  const { body: now } = await ada.get<GraphAnswer>(`${story.script}/graph`);
  transcript.expect("now it is version 3", now.graphHash === third.graphHash, now.graphHash);
  return now.sequence;
}

function covers(version: VersionAnswer, number: number, from: number, to: number): boolean {
  const isSealed = version.sealedAt !== null;
  return isSealed && version.version === number && version.fromSequence === from && version.toSequence === to;
}

function describe({ transcript }: Story, version: VersionAnswer): void {
  const { fromSequence, toSequence, graphHash, graphJson } = version;
  transcript.note(
    `version ${version.version}: sequences ${fromSequence} to ${toSequence}, ${graphJson.nodes.length} nodes, hash ${graphHash.slice(0, 16)}...`,
  );
}
