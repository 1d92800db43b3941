import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startWorker, type Worker } from "../../src/materializer/startWorker.ts";
import type { MaterializePause } from "../../src/materializer/pausePoint.ts";
import { createGate } from "../../src/kernel/gate.ts";
import { createRunBatch } from "../../src/materializer/runBatch.ts";
import { waitUntilMaterialized } from "../../src/materializer/waitUntilMaterialized.ts";
import { expectMaterialized } from "./support/expectMaterialized.ts";
import { openMaterializer, type Materializer } from "./support/openMaterializer.ts";
import { poison } from "./support/poison.ts";

let service: Materializer;
const workers: Worker[] = [];

beforeEach(async () => {
  service = await openMaterializer();
  await service.create("s1");
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await service.close();
});

async function start(pause?: MaterializePause): Promise<Worker> {
  const worker = await startWorker(
    { ...service.deps, databaseUrl: service.database.workerUrl, ...(pause ? { pause } : {}) },
    { parallel: 4, sweepIntervalMs: 60_000, cacheBytes: 10_000_000 },
  );
  workers.push(worker);
  return worker;
}

async function wait(scriptId: string, timeoutMs = 20_000) {
  const key = { tenantId: "t1", scriptId };
  const { headSequence } = await service.prisma.scriptStream.findUniqueOrThrow({
    where: { tenantId_scriptId: key },
  });
  return waitUntilMaterialized(service, { ...key, sequence: headSequence, timeoutMs });
}

describe("a worker", () => {
  it("takes over what was appended while none ran", async () => {
    await service.edit("s1");
    expect(await wait("s1", 0)).toEqual({ kind: "timeout", materializedSequence: 0 });
    await start();
    expect(await wait("s1")).toEqual({ kind: "materialized" });
    await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
    expect(await service.jobs()).toEqual([{ state: "completed", scriptId: "s1" }]);
  });

  it("keeps up with a script that is edited all the time, and loses no wake-up", async () => {
    await Promise.all([start(), start()]);
    for (let round = 0; round < 15; round++) {
      await Promise.all(
        Array.from({ length: 10 }, (_, number) => service.edit("s1", { [`w${number}`]: round })),
      );
      for (const worker of workers) worker.wake();
    }
    expect(await wait("s1")).toEqual({ kind: "materialized" });
    const { audit } = await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
    expect(audit).toHaveLength(151);
  });

  it("sends the next job when edits arrive while it writes", async () => {
    const atWork = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    await start(async (point) => {
      if (point !== "replayed") return;
      atWork.resolve();
      await goOn.promise;
    });
    await atWork.promise;
    await service.edit("s1", { late: true });
    expect(await service.jobs()).toEqual([{ state: "active", scriptId: "s1" }]);
    goOn.resolve();
    expect(await wait("s1")).toEqual({ kind: "materialized" });
    await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
  });

  it("finishes the job at hand before it stops", async () => {
    const atWork = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const worker = await start(async (point) => {
      if (point !== "before_commit") return;
      atWork.resolve();
      await goOn.promise;
    });
    await atWork.promise;
    const stopped = worker.stop();
    goOn.resolve();
    await stopped;
    await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s1" });
    expect(await service.jobs()).toEqual([{ state: "completed", scriptId: "s1" }]);
  });

  it("sends jobs that were lost when it starts", async () => {
    await service.loseJobs();
    await start();
    expect(await wait("s1")).toEqual({ kind: "materialized" });
  });
});

describe("a batch of jobs", () => {
  it("materializes a script once for all of its jobs", async () => {
    const data = { tenantId: "t1", scriptId: "s1" };
    const ids = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"];
    const batch = ids.map((id) => ({ id, retryCount: 0, data }));
    const deps = { ...service.deps, gate: createGate(2), wake: () => undefined };
    expect(await createRunBatch(deps)(batch)).toMatchObject(ids.map((id) => ({ id, status: "completed" })));
    expect(service.logged).toHaveLength(1);
  });

  it("fails the job of a script that cannot be applied, and no other", async () => {
    await service.create("s2");
    await poison(service.owner, { scriptId: "s1", sequence: 2 });
    await service.edit("s2");
    await start();
    expect(await wait("s2")).toEqual({ kind: "materialized" });
    expect(await wait("s1")).toMatchObject({
      kind: "failed",
      failure: { sequence: 2, code: "unknown_command_type" },
    });
    await service.edit("s2");
    expect(await wait("s2")).toEqual({ kind: "materialized" });
    await expectMaterialized(service.prisma, { tenantId: "t1", scriptId: "s2" });
    await expect.poll(() => service.jobs()).toContainEqual({ state: "retry", scriptId: "s1" });
  });
});
