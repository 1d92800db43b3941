import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PausePoint } from "../../src/materializer/pausePoint.ts";
import { startWorker } from "../../src/materializer/startWorker.ts";
import { waitUntilMaterialized } from "../../src/materializer/waitUntilMaterialized.ts";
import { updateNode } from "../support/openWriter.ts";
import { killAt } from "../support/killAt.ts";
import { expectMaterialized } from "./support/expectMaterialized.ts";
import { openMaterializer, type Materializer } from "./support/openMaterializer.ts";
import type { WorkerTask } from "./support/workerProcess.ts";

const S1 = { tenantId: "t1", scriptId: "s1" };
const COMMIT = { command: "Scripts.CommitVersion.v1", payload: {} };
let service: Materializer;

beforeEach(async () => {
  service = await openMaterializer();
});
afterEach(async () => {
  await service.close();
});

const POINTS: readonly PausePoint[] = [
  "stream_read",
  "replayed",
  "before_lock",
  "locked",
  "before_commit",
  "committed",
];

describe("a worker that is killed", () => {
  it.each(POINTS)("at %s leaves nothing undone and nothing done twice for the next one", async (point) => {
    await service.create("s1");
    await service.run("s1");
    await service.loseJobs();
    // The batch seals the open version and begins the next.
    await service.writer.submit("s1", [updateNode("a", { edit: 1 }), COMMIT, updateNode("a", { edit: 2 })]);
    const task: WorkerTask = { workerUrl: service.database.workerUrl, pauseAt: point };
    await killAt("test/materializer/support/workerProcess.ts", task);
    // The job is done when its work is, and not before.
    expect(await service.jobs()).toEqual([
      { state: point === "committed" ? "completed" : "active", scriptId: "s1" },
    ]);
    const next = await startWorker(
      { ...service.deps, databaseUrl: service.database.workerUrl },
      { parallel: 4, sweepIntervalMs: 60_000, cacheBytes: 10_000_000 },
    );
    const outcome = await waitUntilMaterialized(service, { ...S1, sequence: 5, timeoutMs: 20_000 });
    await next.stop();
    expect(outcome).toEqual({ kind: "materialized" });
    const { versions, audit } = await expectMaterialized(service.prisma, S1);
    expect(versions).toHaveLength(2);
    expect(audit).toHaveLength(2);
  });
});
