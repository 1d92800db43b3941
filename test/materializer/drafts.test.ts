import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BaseCache } from "../../src/materializer/baseCache.ts";
import { materializeDrafts, type DraftJob } from "../../src/materializer/materializeDrafts.ts";
import type { MaterializeDeps } from "../../src/materializer/materialize.ts";
import { expectMaterialized } from "./support/expectMaterialized.ts";
import { openMaterializer, type Materializer } from "./support/openMaterializer.ts";

const SCRIPTS = ["s1", "s2", "s3"];

let service: Materializer;
let deps: MaterializeDeps;

/** Three scripts that this process materialized, and an edit of each since. */
beforeEach(async () => {
  service = await openMaterializer();
  deps = { ...service.deps, bases: new BaseCache(10_000_000) };
  for (const scriptId of SCRIPTS) {
    await service.create(scriptId);
    await service.run(scriptId, deps);
    await service.edit(scriptId, { edited: scriptId });
  }
});

afterEach(async () => {
  await service.close();
});

function job(scriptId: string): DraftJob {
  return { id: crypto.randomUUID(), retryCount: 0, data: { tenantId: "t1", scriptId } };
}

async function expectAllMaterialized(): Promise<void> {
  for (const scriptId of SCRIPTS) await expectMaterialized(service.prisma, { tenantId: "t1", scriptId });
}

describe("drafts of many scripts", () => {
  it("move on in one transaction", async () => {
    const jobs = SCRIPTS.map(job);
    const { done, more } = await materializeDrafts(deps, jobs);
    expect([...done].toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
    expect(more).toBe(false);
    await expectAllMaterialized();
  });

  it("are left to a run of their own when a version is sealed, or when this process does not know them", async () => {
    await service.writer.submit("s1", [{ command: "Scripts.CommitVersion.v1", payload: {} }]);
    deps.bases!.delete({ tenantId: "t1", scriptId: "s2" });
    const jobs = SCRIPTS.map(job);
    const { done } = await materializeDrafts(deps, jobs);
    expect([...done]).toEqual([jobs[2]!.id]);
    for (const scriptId of ["s1", "s2"]) await service.run(scriptId, deps);
    await expectAllMaterialized();
  });

  it("are all left alone when somebody else moved one of them meanwhile, and nothing is written twice", async () => {
    let raced = false;
    const pause = async (): Promise<void> => {
      if (raced) return;
      raced = true;
      await service.run("s2");
    };
    const { done } = await materializeDrafts({ ...deps, pause }, SCRIPTS.map(job));
    expect(raced).toBe(true);
    expect([...done]).toEqual([]);
    for (const scriptId of SCRIPTS) await service.run(scriptId);
    await expectAllMaterialized();
  });

  it("are left to runs of their own when they cannot be read together", async () => {
    await service.owner.query(`revoke select on scripts."ScriptCommand" from script_worker`);
    const { done } = await materializeDrafts(deps, SCRIPTS.map(job));
    expect([...done]).toEqual([]);
    await service.owner.query(`grant select on scripts."ScriptCommand" to script_worker`);
    for (const scriptId of SCRIPTS) await service.run(scriptId, deps);
    await expectAllMaterialized();
  });

  it("get the next job when an edit arrived while they were written", async () => {
    const pause = async (): Promise<void> => service.edit("s3", { late: true });
    const before = (await service.jobs()).length;
    const { done, more } = await materializeDrafts({ ...deps, pause }, SCRIPTS.map(job));
    expect({ done: done.size, more }).toEqual({ done: 3, more: true });
    expect((await service.jobs()).length).toBe(before + 1);
    await service.run("s3");
    await expectAllMaterialized();
  });
});
