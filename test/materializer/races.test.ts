import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PausePoint } from "../../src/materializer/pausePoint.ts";
import { BaseCache } from "../../src/materializer/baseCache.ts";
import { expectMaterialized } from "./support/expectMaterialized.ts";
import { openMaterializer, type Materializer } from "./support/openMaterializer.ts";

let service: Materializer;

beforeEach(async () => {
  service = await openMaterializer();
  await service.create("s1");
});
afterEach(async () => service.close());

describe("two workers on one script at once", () => {
  it.each<PausePoint>(["stream_read", "replayed"])(
    "write a new script once when the first is overtaken at %s",
    async (point) => {
      const slow = await service.pauseRun("s1", point);
      expect(await service.run("s1")).toMatchObject({ kind: "materialized", toSequence: 2 });
      slow.release();
      expect(await slow.outcome).toEqual({ kind: "superseded" });
      await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
    },
  );

  it.each<PausePoint>(["stream_read", "replayed"])(
    "move the open version once when the first is overtaken at %s",
    async (point) => {
      await service.run("s1");
      await service.edit("s1", { edit: 1 });
      const slow = await service.pauseRun("s1", point);
      expect(await service.run("s1")).toMatchObject({ kind: "materialized", toSequence: 3 });
      slow.release();
      expect(await slow.outcome).toEqual({ kind: "superseded" });
      await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
    },
  );

  it.each<PausePoint>(["before_lock", "locked"])(
    "move the open version once when the second meets the first at %s",
    async (point) => {
      await service.run("s1");
      await service.edit("s1", { edit: 1 });
      const first = await service.pauseRun("s1", point);
      const second = service.run("s1");
      await expect.poll(() => service.waitingForLocks()).toBe(1);
      first.release();
      expect(await first.outcome).toMatchObject({ kind: "materialized", toSequence: 3 });
      expect(await second).toEqual({ kind: "superseded" });
      await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
    },
  );
});

describe("an edit that arrives while a run writes", () => {
  it.each<PausePoint>(["stream_read", "replayed", "before_lock"])(
    "at %s, before the lock, gets the next job",
    async (point) => {
      await service.run("s1");
      await service.edit("s1", { edit: 1 });
      const run = await service.pauseRun("s1", point);
      const before = await service.jobs();
      await service.edit("s1", { edit: 2 });
      expect(await service.jobs()).toEqual(before);
      run.release();
      expect(await run.outcome).toMatchObject({ kind: "materialized", toSequence: 3, more: true });
      expect(await service.jobs()).toEqual([...before, { state: "created", scriptId: "s1" }]);
    },
  );

  it("after the lock waits for the run and sends the next job itself", async () => {
    await service.run("s1");
    await service.edit("s1", { edit: 1 });
    const run = await service.pauseRun("s1", "locked");
    const before = await service.jobs();
    const edited = service.edit("s1", { edit: 2 });
    run.release();
    expect(await run.outcome).toMatchObject({ kind: "materialized", toSequence: 3, more: false });
    await edited;
    expect(await service.jobs()).toEqual([...before, { state: "created", scriptId: "s1" }]);
  });
});

describe("an edit that changes the slug", () => {
  it("and a run that holds the script's row already do not end each other", async () => {
    await service.run("s1");
    await service.edit("s1", { edit: 1 });
    const run = await service.pauseRun("s1", "before_lock");
    const rename = { command: "Scripts.UpdateDetails.v1", payload: { slug: "renamed" } };
    const renamed = service.writer.submit("s1", [rename]);
    // The append holds the stream row now and waits for the script's row.
    await expect.poll(() => service.waitingForLocks()).toBe(1);
    run.release();
    expect(await renamed).toMatchObject({ kind: "accepted" });
    expect(await run.outcome).toMatchObject({ kind: "materialized", toSequence: 3, more: true });
    await service.run("s1");
    await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
  });
});

describe("a worker that remembers where a script stood", () => {
  it("replays from there without reading the snapshot, and notices that another one moved it on", async () => {
    const bases = new BaseCache(1_000_000);
    await service.run("s1", { bases });
    await service.edit("s1", { edit: 1 });
    expect(await service.run("s1", { bases })).toMatchObject({ replayed: 1, snapshotSequence: 2 });
    await service.edit("s1", { edit: 2 });
    await service.run("s1");
    await service.edit("s1", { edit: 3 });
    expect(await service.run("s1", { bases })).toMatchObject({ replayed: 1, snapshotSequence: 4 });
    await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
  });

  it("reads it anew when the row is not the one it wrote", async () => {
    const bases = new BaseCache(1_000_000);
    await service.run("s1", { bases });
    await service.edit("s1", { edit: 1 });
    const data = { stateHash: "0".repeat(64) };
    await service.prisma.scriptVersion.updateMany({ where: { scriptId: "s1" }, data });
    expect(await service.run("s1", { bases })).toMatchObject({
      kind: "materialized",
      replayed: 3,
      snapshotSequence: 0,
    });
    await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
  });
});
