import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MATERIALIZE_QUEUE } from "../../src/materializer/sendMaterializeJobs.ts";
import { sweep } from "../../src/materializer/sweep.ts";
import { updateNode } from "../support/openWriter.ts";
import { openMaterializer, type Materializer } from "./support/openMaterializer.ts";
import { poison } from "./support/poison.ts";

let service: Materializer;

beforeEach(async () => {
  service = await openMaterializer();
  await service.create("s1");
});
afterEach(async () => service.close());

describe("the sweeper", () => {
  it("sends a job for each script whose job was lost, and one only", async () => {
    for (const scriptId of ["s2", "s3", "s4"]) await service.create(scriptId);
    await service.run("s3");
    await service.loseJobs();
    await service.writer.submit("s4", [updateNode("a", { more: true })]);
    expect(await sweep(service.deps, { failedToo: false })).toBe(3);
    expect(await sweep(service.deps, { failedToo: false })).toBe(0);
    expect((await service.jobs()).map((job) => job.scriptId).toSorted()).toEqual(["s1", "s2", "s4"]);
  });

  it("sends a job although one is active, whose worker may be dead", async () => {
    await service.owner.query(`update pgboss.job set state = 'active', started_on = now() where name = $1`, [
      MATERIALIZE_QUEUE,
    ]);
    expect(await sweep(service.deps, { failedToo: false })).toBe(1);
  });

  it("leaves a script that failed alone for a time that grows", async () => {
    await poison(service.owner, { scriptId: "s1", sequence: 1 });
    await service.loseJobs();
    const at = (minutes: number) => () => new Date(Date.UTC(2030, 0, 1, 0, minutes));
    const found: number[] = [];
    for (const [failsAt, sweepsAt] of [
      [0, 0.9],
      [0, 1.1],
      [10, 11.9],
      [10, 12.1],
    ] as const) {
      const isFirst = found.length % 2 === 0;
      if (isFirst) await service.run("s1", { now: at(failsAt) });
      found.push(await sweep({ ...service.deps, now: at(sweepsAt) }, { failedToo: false }));
      await service.loseJobs();
    }
    expect(found).toEqual([0, 1, 0, 1]);
    expect(await sweep({ ...service.deps, now: at(0) }, { failedToo: true })).toBe(1);
  });
});
