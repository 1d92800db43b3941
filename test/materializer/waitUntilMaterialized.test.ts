import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitUntilMaterialized } from "../../src/materializer/waitUntilMaterialized.ts";
import { openMaterializer, type Materializer } from "./support/openMaterializer.ts";
import { poison } from "./support/poison.ts";

let service: Materializer;

beforeEach(async () => {
  service = await openMaterializer();
  await service.create("s1");
});
afterEach(async () => service.close());

describe("waiting for a version", () => {
  it("ends when it is aborted", async () => {
    const stop = new AbortController();
    const input = { tenantId: "t1", scriptId: "s1", sequence: 2, timeoutMs: 60_000, signal: stop.signal };
    const waiting = waitUntilMaterialized(service, input);
    stop.abort();
    expect(await waiting).toEqual({ kind: "timeout", materializedSequence: 0 });
  });

  it("is not disturbed by a failure behind the sequence that it waits for", async () => {
    await service.edit("s1");
    await poison(service.owner, { scriptId: "s1", sequence: 3 });
    await service.run("s1");
    expect(await service.run("s1")).toMatchObject({ kind: "failed" });
    const input = { tenantId: "t1", scriptId: "s1", timeoutMs: 0 };
    expect(await waitUntilMaterialized(service, { ...input, sequence: 2 })).toEqual({ kind: "materialized" });
    expect(await waitUntilMaterialized(service, { ...input, sequence: 3 })).toMatchObject({ kind: "failed" });
  });
});
