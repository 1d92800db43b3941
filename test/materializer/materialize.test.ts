import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addNode, createScript, updateNode } from "../support/openWriter.ts";
import { expectMaterialized } from "./support/expectMaterialized.ts";
import { openMaterializer, type Materializer } from "./support/openMaterializer.ts";
import { poison } from "./support/poison.ts";

const S1 = { tenantId: "t1", scriptId: "s1" };
let service: Materializer;

beforeEach(async () => {
  service = await openMaterializer();
});
afterEach(async () => service.close());

const COMMIT = { command: "Scripts.CommitVersion.v1", payload: {} };
const publish = (version: number) => ({ command: "Scripts.PublishVersion.v1", payload: { version } });
const rollback = (version: number) => ({ command: "Scripts.RollbackToVersion.v1", payload: { version } });
const replaceGraph = (...ids: string[]) => ({
  command: "Scripts.ReplaceGraph.v1",
  payload: {
    graphJson: {
      schemaVersion: 1,
      nodes: ids.map((id, place) => ({
        id,
        type: place === 0 ? "start" : place === ids.length - 1 ? "end" : "message",
        position: { x: 0, y: 0 },
        data: { prompt: `This is ${id}` },
      })),
      edges: ids.slice(1).map((id, place) => ({ id: `e_${id}`, source: ids[place]!, target: id })),
      viewport: { x: 0, y: 0, zoom: 1 },
      entryNodeId: ids[0]!,
    },
  },
});

async function submit(...commands: { command: string; payload: unknown }[]): Promise<number> {
  const outcome = await service.writer.submit("s1", commands);
  if (outcome.kind !== "accepted") throw new Error(JSON.stringify(outcome));
  return outcome.result.headSequence;
}

describe("a long log of all kinds of edits", () => {
  it("becomes versions and audit rows, however it is cut into runs", async () => {
    await submit(createScript("s1"), replaceGraph("a", "b", "c"));
    await submit(COMMIT, publish(1));
    await service.run("s1");
    for (let round = 0; round < 12; round++) {
      for (let edit = 0; edit < 4; edit++)
        await submit(updateNode("a", { edit }), updateNode("b", { round }));
      if (round % 3 === 0) await submit(replaceGraph("a", "b", `n${round}`), COMMIT, publish(2 + round / 3));
      if (round === 7) await submit(rollback(1));
      if (round === 8) await submit({ command: "Scripts.UnpublishVersion.v1", payload: {} });
      if (round === 9) await submit({ command: "Scripts.ChangeStatus.v1", payload: { status: "ARCHIVED" } });
      if (round === 9) await submit({ command: "Scripts.ChangeStatus.v1", payload: { status: "DRAFT" } });
      if (round % 2) await service.run("s1");
    }
    const { versions, audit } = await expectMaterialized(service.prisma, S1);
    expect(versions.map((row) => row.sealedAt !== null)).toEqual([true, true, true, true, true, false]);
    expect(new Set(audit.map((row) => row.action))).toEqual(
      new Set(["CREATE", "UPDATE", "PUBLISH", "ARCHIVE", "ROLLBACK"]),
    );
  });

  it("is replayed from the last snapshot, not from the beginning", async () => {
    await submit(createScript("s1"), addNode("a"));
    for (let edit = 0; edit < 20; edit++) await submit(updateNode("a", { edit }));
    expect(await service.run("s1")).toEqual({
      kind: "materialized",
      toSequence: 22,
      replayed: 22,
      snapshotSequence: 0,
      more: false,
    });
    await submit(updateNode("a", { edit: 20 }), updateNode("a", { edit: 21 }));
    await submit(updateNode("a", { edit: 22 }));
    expect(await service.run("s1")).toMatchObject({ toSequence: 25, replayed: 3, snapshotSequence: 22 });
    expect(service.logged.at(-1)).toMatchObject({
      msg: "script materialized",
      scriptId: "s1",
      replayed: 3,
      snapshotSequence: 22,
      ms: expect.any(Number) as number,
    });
    expect(await service.run("s1")).toEqual({ kind: "up_to_date" });
  });

  it("is taken in pieces of whole batches when it is too long for one transaction", async () => {
    await submit(createScript("s1"), addNode("a"));
    for (let batch = 0; batch < 5; batch++)
      await submit(...[0, 1, 2].map((edit) => updateNode("a", { edit, batch })), COMMIT);
    const limits = { commands: 7, bytes: 1_000_000, sealedVersions: 100 };
    const reached: unknown[] = [];
    for (;;) {
      const outcome = await service.run("s1", { limits });
      if (outcome.kind !== "materialized") break;
      reached.push([outcome.toSequence, outcome.more]);
    }
    expect(reached).toEqual([
      [10, true],
      [18, true],
      [22, false],
    ]);
    await expectMaterialized(service.prisma, S1);
  });

  it.each([
    ["bytes", { commands: 1_000, bytes: 1, sealedVersions: 100 }],
    ["sealed versions", { commands: 1_000, bytes: 1_000_000, sealedVersions: 1 }],
  ])("is cut where it has too many %s", async (_, limits) => {
    await submit(createScript("s1"), addNode("a"), COMMIT);
    await submit(updateNode("a", { again: true }), COMMIT);
    expect(await service.run("s1", { limits })).toMatchObject({ toSequence: 3, more: true });
    expect(await service.run("s1", { limits })).toMatchObject({ toSequence: 5, more: false });
    await expectMaterialized(service.prisma, S1);
  });
});

describe("a snapshot that cannot be used", () => {
  beforeEach(async () => {
    await submit(createScript("s1"), addNode("a"), COMMIT);
    await submit(updateNode("a", { edit: 1 }));
    await service.run("s1");
    await submit(updateNode("a", { edit: 2 }));
  });

  it.each([
    ["is of another reducer", { reducerVersion: 99 }],
    ["does not have the hash that was written with it", { stateHash: "0".repeat(64) }],
  ])(
    "because it %s lets the replay start from an older one, and nothing is written twice",
    async (_, data) => {
      await service.prisma.scriptVersion.updateMany({ where: { ...S1, sealedAt: null }, data });
      expect(await service.run("s1")).toMatchObject({ toSequence: 5, replayed: 2, snapshotSequence: 3 });
      const { audit } = await expectMaterialized(service.prisma, S1);
      expect(audit).toHaveLength(3);
    },
  );
});

describe("a command that cannot be applied", () => {
  it("is noted on the stream, time after time, while what came before it is materialized", async () => {
    await submit(createScript("s1"), addNode("a"));
    await submit(updateNode("a", { edit: 1 }));
    await submit(updateNode("a", { edit: 2 }), updateNode("a", { edit: 3 }));
    await submit(updateNode("a", { edit: 4 }));
    await poison(service.owner, { scriptId: "s1", sequence: 4 });
    expect(await service.run("s1")).toMatchObject({ kind: "materialized", toSequence: 3, more: true });
    const failure = { sequence: 4, code: "unknown_command_type", at: expect.any(String) as string };
    expect(await service.run("s1")).toMatchObject({ kind: "failed", failure: { ...failure, attempts: 1 } });
    expect(await service.run("s1")).toMatchObject({ kind: "failed", failure: { ...failure, attempts: 2 } });
    const stream = await service.prisma.scriptStream.findFirstOrThrow();
    expect(stream).toMatchObject({
      materializedSequence: 3,
      materializeFailure: { ...failure, attempts: 2 },
    });
    expect(service.logged.at(-1)).toMatchObject({ level: 50, scriptId: "s1", failure: { sequence: 4 } });
  });
});

it("finds nothing to do for a script that does not exist", async () => {
  expect(await service.run("nobody")).toEqual({ kind: "script_not_found" });
});
