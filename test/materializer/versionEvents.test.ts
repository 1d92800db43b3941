import { afterEach, beforeEach, expect, it } from "vitest";
import type { SubmittedCommand } from "../../src/commands/submission.ts";
import { BaseCache } from "../../src/materializer/baseCache.ts";
import { materializeDrafts } from "../../src/materializer/materializeDrafts.ts";
import { openMaterializer, type Materializer } from "./support/openMaterializer.ts";

let service: Materializer;
beforeEach(async () => {
  service = await openMaterializer();
  await service.create("s1");
});
afterEach(() => service.close());

const COMMIT: SubmittedCommand = {
  command: "Scripts.CommitVersion.v1",
  payload: { changelog: "First", allowUnchanged: true },
};
const PUBLISHABLE: SubmittedCommand = {
  command: "Scripts.ReplaceGraph.v1",
  payload: {
    graphJson: {
      schemaVersion: 1,
      nodes: ["start", "end"].map((type) => ({
        id: type,
        type,
        position: { x: 0, y: 0 },
        data: { prompt: "Bye" },
      })),
      edges: [{ id: "e", source: "start", target: "end" }],
      viewport: { x: 0, y: 0, zoom: 1 },
      entryNodeId: "start",
    },
  },
};
const on = (name: string, version: number): SubmittedCommand => ({
  command: `Scripts.${name}.v1`,
  payload: { version },
});

async function submit(correlationId: string, ...commands: readonly SubmittedCommand[]): Promise<void> {
  const named = commands.map((command, index) => ({ ...command, commandId: `${correlationId}-${index}` }));
  const outcome = await service.writer.submit("s1", named, {
    correlationId,
    actor: { type: "USER", id: "u2", onBehalfOf: "u3" },
  });
  expect(outcome).toMatchObject({ kind: "accepted" });
}

async function readEvents(): Promise<unknown[]> {
  const events = await service.prisma.domainEvent.findMany({
    where: { type: { notIn: ["Scripts.CommandsAppended.v1", "Scripts.ScriptCreated.v1"] } },
    orderBy: { ordinal: "asc" },
  });
  return events.map(({ type, scriptId, correlationId, causationId, payload }) => ({
    type,
    scriptId,
    correlationId,
    causationId,
    payload: (payload as { payload: unknown }).payload,
  }));
}

const WHO = { actor: { type: "USER", id: "u2" }, onBehalfOf: "u3" };

it("sealing, publishing, taking back and rolling back are told once, in order, with what caused them", async () => {
  await submit("c0", PUBLISHABLE);
  await submit("c1", COMMIT);
  await submit("c2", on("PublishVersion", 1));
  await submit("c3", COMMIT, on("RollbackToVersion", 1));
  await submit("c4", { command: "Scripts.UnpublishVersion.v1", payload: {} });
  expect((await service.run("s1")).kind).toBe("materialized");
  const expected = [
    ["Scripts.VersionSealed.v1", "c1", "c1-0", { version: 1, sequence: 4, changelog: "First" }],
    ["Scripts.VersionPublished.v1", "c2", "c2-0", { version: 1, sequence: 5, replacedVersion: null }],
    ["Scripts.VersionSealed.v1", "c3", "c3-0", { version: 2, sequence: 6, changelog: "First" }],
    ["Scripts.RolledBack.v1", "c3", "c3-1", { version: 1, sequence: 7 }],
    ["Scripts.VersionUnpublished.v1", "c4", "c4-0", { version: 1, sequence: 8 }],
  ] as const;
  const events = expected.map(([type, correlationId, causationId, payload]) => ({
    type,
    scriptId: "s1",
    correlationId,
    causationId,
    payload: { scriptId: "s1", versionId: `s1-v${payload.version}`, ...payload, ...WHO },
  }));
  expect(await readEvents()).toEqual(events);
  // Nothing is left to do, and nothing is told again.
  expect((await service.run("s1")).kind).toBe("up_to_date");
  expect(await readEvents()).toEqual(events);
});

it("a materialization that is overtaken tells nothing; the one that was quicker has told it", async () => {
  await submit("c1", COMMIT);
  const slow = await service.pauseRun("s1", "replayed");
  expect((await service.run("s1")).kind).toBe("materialized");
  slow.release();
  expect((await slow.outcome).kind).toBe("superseded");
  expect(await readEvents()).toHaveLength(1);
});

it("an event is committed with its version or not at all", async () => {
  await submit("c1", COMMIT);
  const failing = service.run("s1", {
    pause: async (point) => {
      if (point === "before_commit") throw new Error("cut off");
    },
  });
  await expect(failing).rejects.toThrow("cut off");
  expect(await readEvents()).toEqual([]);
  await service.run("s1");
  expect(await readEvents()).toHaveLength(1);
});

it("a rollback that is written with other drafts is told too", async () => {
  const deps = { ...service.deps, bases: new BaseCache(10_000_000) };
  const scripts = ["s1", "s2"];
  await service.create("s2");
  const submitTo = (scriptId: string, ...commands: readonly SubmittedCommand[]) =>
    service.writer.submit(scriptId, commands);
  for (const scriptId of scripts) {
    await submitTo(scriptId, COMMIT, {
      command: "Scripts.RemoveNode.v1",
      payload: { nodeId: "a", edges: "cascade" },
    });
    await service.run(scriptId, deps);
    await submitTo(scriptId, on("RollbackToVersion", 1));
  }
  const jobs = scripts.map((scriptId) => ({
    id: crypto.randomUUID(),
    retryCount: 0,
    data: { tenantId: "t1", scriptId },
  }));
  const { done } = await materializeDrafts(deps, jobs);
  const rollbacks = await service.prisma.domainEvent.findMany({ where: { type: "Scripts.RolledBack.v1" } });
  expect([done.size, rollbacks.map(({ scriptId }) => scriptId!).toSorted()]).toEqual([2, scripts]);
});
