import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SubmitOutcome } from "../../src/commands/submission.ts";
import { loadState } from "../../src/log/loadState.ts";
import { expectSoundLog } from "../support/expectSoundLog.ts";
import {
  addEdge,
  addNode,
  createScript,
  openWriter,
  updateNode,
  type Writer,
} from "../support/openWriter.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

let database: TestDatabase;
let writer: Writer;
let scripts = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  writer = await openWriter(database.apiUrl);
});

afterAll(async () => {
  await writer.close();
  await database.drop();
});

/** A script with nodes n1 and n2: its log ends at 3. */
async function givenScript(): Promise<string> {
  const scriptId = `s${++scripts}`;
  const outcome = await writer.submit(scriptId, [createScript(scriptId), addNode("n1"), addNode("n2")]);
  expect(outcome.kind).toBe("accepted");
  return scriptId;
}

function accepted(outcome: SubmitOutcome) {
  if (outcome.kind !== "accepted") throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.result;
}

describe("a batch", () => {
  it("is appended whole and says what it changed", async () => {
    const scriptId = await givenScript();
    const result = accepted(
      await writer.submit(scriptId, [addEdge("e1", "n1", "n2"), updateNode("n1", { prompt: "Hello" })], {
        note: "why",
      }),
    );
    expect(result).toMatchObject({
      scriptId,
      headSequence: 5,
      commands: [
        { command: "Scripts.AddEdge.v1", sequence: 4 },
        { command: "Scripts.UpdateNode.v1", sequence: 5 },
      ],
      diff: { added: ["edges/e1"], updated: ["nodes/n1"], removed: [] },
      rebased: false,
      alreadyApplied: false,
      dryRun: false,
    });
    expect(result.diff.patch).toContainEqual({
      op: "replace",
      path: "/nodes/n1/data/prompt",
      value: "Hello",
    });
    const log = await expectSoundLog(writer.prisma, { tenantId: "t1", scriptId });
    expect(log.slice(3).map((row) => [row.note, row.batchId])).toEqual([
      ["why", result.batchId],
      [null, result.batchId],
    ]);
  });

  it("is refused whole when one command is refused, with its place and field", async () => {
    const scriptId = await givenScript();
    const outcome = await writer.submit(scriptId, [addNode("n3"), addEdge("e1", "n3", "nowhere")]);
    expect(outcome).toMatchObject({
      kind: "refused",
      headSequence: 3,
      refusals: [{ index: 1, code: "node_not_found", path: "/edge/target" }],
    });
    expect(await expectSoundLog(writer.prisma, { tenantId: "t1", scriptId })).toHaveLength(3);
  });

  it("updates the listing row when it changes details or status", async () => {
    const scriptId = await givenScript();
    accepted(
      await writer.submit(scriptId, [
        { command: "Scripts.UpdateDetails.v1", payload: { name: "New name", labels: ["a"] } },
        { command: "Scripts.ChangeStatus.v1", payload: { status: "ARCHIVED" } },
      ]),
    );
    const row = await writer.prisma.script.findUnique({
      where: { tenantId_id: { tenantId: "t1", id: scriptId } },
    });
    expect(row).toMatchObject({ name: "New name", labels: ["a"], status: "ARCHIVED", slug: scriptId });
  });
});

describe("a command id", () => {
  it("that comes again with the same content gets the first answer again", async () => {
    const scriptId = await givenScript();
    const batch = [
      { ...addNode("n3"), commandId: "c1" },
      { ...addEdge("e1", "n1", "n3"), commandId: "c2" },
    ];
    const first = accepted(await writer.submit(scriptId, batch, { expectedSequence: 3 }));
    accepted(await writer.submit(scriptId, [addNode("n4")]));
    const again = accepted(await writer.submit(scriptId, batch, { expectedSequence: 3 }));
    expect(again).toEqual({ ...first, alreadyApplied: true });
    expect(await expectSoundLog(writer.prisma, { tenantId: "t1", scriptId })).toHaveLength(6);
  });

  it("makes one command of 20 that are sent at once", async () => {
    const scriptId = await givenScript();
    const other = await openWriter(database.apiUrl);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        (number % 2 ? writer : other).submit(scriptId, [{ ...addNode("n3"), commandId: "c1" }]),
      ),
    );
    await other.close();
    expect(outcomes.map((outcome) => accepted(outcome).headSequence)).toEqual(
      Array.from({ length: 20 }, () => 4),
    );
    expect(outcomes.filter((outcome) => !accepted(outcome).alreadyApplied)).toHaveLength(1);
  });

  it.each([
    ["with other content", [{ ...addNode("n4"), commandId: "c1" }]],
    [
      "beside a new one",
      [
        { ...addNode("n3"), commandId: "c1" },
        { ...addNode("n5"), commandId: "c9" },
      ],
    ],
  ])("is refused %s", async (_, batch) => {
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, [{ ...addNode("n3"), commandId: "c1" }]));
    expect(await writer.submit(scriptId, batch)).toEqual({
      kind: "command_id_reused",
      index: 0,
      commandId: "c1",
      sequence: 4,
    });
  });

  it("is refused when two commands of one batch have it", async () => {
    const scriptId = await givenScript();
    const twice = ["n3", "n4"].map((id) => ({ ...addNode(id), commandId: "c1" }));
    expect(await writer.submit(scriptId, twice)).toMatchObject({
      kind: "refused",
      refusals: [{ index: 1, code: "duplicate_command_id" }],
    });
  });

  it("may be used again on another script", async () => {
    const [one, two] = [await givenScript(), await givenScript()];
    for (const scriptId of [one, two])
      expect(
        accepted(await writer.submit(scriptId, [{ ...addNode("n3"), commandId: "c1" }])).headSequence,
      ).toBe(4);
  });
});

describe("an expected sequence", () => {
  it("behind the head is a conflict that tells what was missed", async () => {
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, [{ ...updateNode("n1", { prompt: "theirs" }), commandId: "c1" }]));
    const outcome = await writer.submit(scriptId, [updateNode("n1", { prompt: "ours" })], {
      expectedSequence: 3,
    });
    expect(outcome).toMatchObject({
      kind: "conflict",
      expectedSequence: 3,
      headSequence: 4,
      touched: ["nodes/n1"],
      overlap: [],
      missed: [
        {
          sequence: 4,
          commandId: "c1",
          command: "Scripts.UpdateNode.v1",
          payload: { nodeId: "n1", data: { prompt: "theirs" } },
          actor: { type: "USER", id: "u1" },
          touched: ["nodes/n1"],
        },
      ],
    });
  });

  it("ahead of the head is a conflict as well", async () => {
    const scriptId = await givenScript();
    expect(await writer.submit(scriptId, [addNode("n9")], { expectedSequence: 99 })).toMatchObject({
      kind: "conflict",
      headSequence: 3,
      missed: [],
    });
  });

  it("behind the head is rebased when both sides touched different things", async () => {
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, [updateNode("n1", { prompt: "theirs" })]));
    const result = accepted(
      await writer.submit(scriptId, [updateNode("n2", { prompt: "ours" })], {
        expectedSequence: 3,
        onConflict: "rebase",
      }),
    );
    expect(result).toMatchObject({ rebased: true, headSequence: 5 });
  });

  it("is not rebased over the same thing, and the overlap is named", async () => {
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, [updateNode("n1", { prompt: "theirs" }), addNode("n3")]));
    const outcome = await writer.submit(
      scriptId,
      [updateNode("n1", { title: "ours" }), updateNode("n2", { a: 1 })],
      {
        expectedSequence: 3,
        onConflict: "rebase",
      },
    );
    expect(outcome).toMatchObject({
      kind: "conflict",
      overlap: ["nodes/n1"],
      touched: ["nodes/n1", "nodes/n3"],
    });
  });

  it("is not rebased when the edit is no longer possible, and the refusal is named", async () => {
    const scriptId = await givenScript();
    accepted(
      await writer.submit(scriptId, [{ command: "Scripts.RemoveNode.v1", payload: { nodeId: "n2" } }]),
    );
    const outcome = await writer.submit(scriptId, [addEdge("e1", "n1", "n2")], {
      expectedSequence: 3,
      onConflict: "rebase",
    });
    expect(outcome).toMatchObject({
      kind: "conflict",
      overlap: [],
      refusals: [{ index: 0, code: "node_not_found" }],
    });
  });

  it("that is the head is taken, in a chain of edits without a pause", async () => {
    const scriptId = await givenScript();
    for (let head = 3; head < 20; head++)
      accepted(await writer.submit(scriptId, [updateNode("n1", { head })], { expectedSequence: head }));
  });
});

describe("a dry run", () => {
  it("answers as if it had been written, and writes nothing", async () => {
    const scriptId = await givenScript();
    const dry = accepted(await writer.submit(scriptId, [addNode("n3")], { dryRun: true }));
    expect(await expectSoundLog(writer.prisma, { tenantId: "t1", scriptId })).toHaveLength(3);
    const real = accepted(await writer.submit(scriptId, [addNode("n3")]));
    const names = { batchId: real.batchId, commands: real.commands };
    expect({ ...dry, ...names }).toEqual({ ...real, dryRun: true });
  });

  it("sees a slug that is taken", async () => {
    const scriptId = await givenScript();
    const command = { command: "Scripts.UpdateDetails.v1", payload: { slug: await givenScript() } };
    for (const dryRun of [true, false])
      expect(await writer.submit(scriptId, [command], { dryRun })).toMatchObject({ kind: "slug_taken" });
  });
});

describe("a script", () => {
  it("is not there for another tenant, and may exist there under the same id", async () => {
    const scriptId = await givenScript();
    expect(await writer.submit(scriptId, [addNode("n9")], { tenantId: "t2" })).toEqual({
      kind: "script_not_found",
    });
    expect(await writer.submit(scriptId, [createScript(scriptId)], { tenantId: "t2" })).toMatchObject({
      kind: "accepted",
      result: { headSequence: 1 },
    });
  });

  it("is created once", async () => {
    const scriptId = await givenScript();
    expect(await writer.submit(scriptId, [createScript("other")])).toEqual({
      kind: "script_exists",
      headSequence: 3,
    });
  });

  it("with a slug that is taken does not disturb the others of its group", async () => {
    const taken = await givenScript();
    const outcomes = await Promise.all(
      [taken, "free-1", taken, "free-2"].map((slug, number) =>
        writer.submit(`g${number}-${taken}`, [createScript(slug === taken ? slug : `${slug}-${taken}`)]),
      ),
    );
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([
      "slug_taken",
      "accepted",
      "slug_taken",
      "accepted",
    ]);
  });
});

describe("reading the state", () => {
  it("gives it as it is now, as it was at a sequence, and as it was at a time", async () => {
    const times = [1_000, 2_000, 1_500, 4_000].map((ms) => new Date(ms));
    const clocked = await openWriter(database.apiUrl, { now: () => times.shift() ?? new Date(5_000) });
    await clocked.submit("clocked", [createScript("clocked")]);
    for (const id of ["a", "b", "c"]) await clocked.submit("clocked", [addNode(id)]);
    await clocked.close();
    const key = { tenantId: "t1", scriptId: "clocked" };
    const nodesAt = async (at?: { sequence: number } | { time: Date }) => {
      const found = await loadState(
        { prisma: writer.prisma, streams: writer.streams },
        { ...key, ...(at && { at }) },
      );
      return found.kind === "found" ? Object.keys(found.state.nodes).join("") : found.kind;
    };
    expect(await nodesAt()).toBe("abc");
    expect(await nodesAt({ sequence: 3 })).toBe("ab");
    // The third edit's clock was behind: it counts as made when the second was.
    expect(await nodesAt({ time: new Date(1_999) })).toBe("");
    expect(await nodesAt({ time: new Date(2_000) })).toBe("ab");
    expect(await nodesAt({ time: new Date(999) })).toBe("sequence_not_found");
    expect(await nodesAt({ sequence: 5 })).toBe("sequence_not_found");
  });

  it("forgets scripts beyond the bound of memory and finds them again", async () => {
    const small = await openWriter(database.apiUrl, { cacheBytes: 2_000 });
    const ids = Array.from({ length: 10 }, (_, number) => `small-${number}`);
    for (const id of ids) accepted(await small.submit(id, [createScript(id), addNode("n1")]));
    for (const id of ids)
      accepted(await small.submit(id, [updateNode("n1", { again: true })], { expectedSequence: 2 }));
    await small.close();
  });
});
