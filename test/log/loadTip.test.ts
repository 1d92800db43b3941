import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SubmittedCommand } from "../../src/commands/submission.ts";
import { loadState } from "../../src/log/loadState.ts";
import { loadTip } from "../../src/log/loadTip.ts";
import type { ScriptKey } from "../../src/log/logRow.ts";
import { readCommandPages } from "../../src/log/readCommands.ts";
import { StreamCache } from "../../src/log/streamCache.ts";
import type { StreamTip } from "../../src/log/streamTip.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { openMaterializer, type Materializer } from "../materializer/support/openMaterializer.ts";
import { poison } from "../materializer/support/poison.ts";
import { updateNode } from "../support/openWriter.ts";

let service: Materializer;
let scripts = 0;
beforeAll(async () => {
  service = await openMaterializer();
});
afterAll(() => service.close());

const COMMIT: SubmittedCommand = { command: "Scripts.CommitVersion.v1", payload: {} };

/** A script with a node "a": its log ends at 2. */
async function givenScript(): Promise<ScriptKey> {
  const scriptId = `s${++scripts}`;
  await service.create(scriptId);
  return { tenantId: "t1", scriptId };
}

async function submit({ scriptId }: ScriptKey, ...commands: readonly SubmittedCommand[]): Promise<void> {
  expect(await service.writer.submit(scriptId, commands)).toMatchObject({ kind: "accepted" });
}

/** What the process that wrote a script holds in memory, decided step by step. */
function written(key: ScriptKey): StreamTip {
  return service.writer.streams.get(key).committed!;
}

async function load(key: ScriptKey, known?: StreamTip): Promise<StreamTip | undefined> {
  return loadTip({ prisma: service.writer.prisma }, key, known);
}

describe("a process that has not seen a script", () => {
  it("finds what its writer holds, wherever the newest snapshot stands", async () => {
    const key = await givenScript();
    expect(await load(key)).toEqual(written(key));
    await service.run(key.scriptId);
    expect(await load(key)).toEqual(written(key));
    await submit(key, updateNode("a", { edit: 1 }));
    expect(await load(key)).toEqual(written(key));
    await submit(key, COMMIT);
    await service.run(key.scriptId);
    expect(await load(key)).toEqual(written(key));
    await submit(key, updateNode("a", { edit: 2 }), updateNode("a", { edit: 3 }));
    expect(await load(key)).toEqual(written(key));
  });

  it("finds nothing where there is nothing, or where it belongs to another tenant", async () => {
    const { scriptId } = await givenScript();
    expect(await load({ tenantId: "t1", scriptId: "nobodys" })).toBeUndefined();
    expect(await load({ tenantId: "t2", scriptId })).toBeUndefined();
  });

  it("reads a log of any length, page by page", async () => {
    const key = await givenScript();
    await submit(key, ...Array.from({ length: 1_000 }, (_, edit) => updateNode("a", { edit })));
    const pages: number[][] = [];
    const input = { ...key, after: 1, upTo: 1_002 };
    for await (const page of readCommandPages({ prisma: service.writer.prisma }, input))
      pages.push([page[0]!.sequence, page.at(-1)!.sequence]);
    expect(pages).toEqual([
      [2, 1_001],
      [1_002, 1_002],
    ]);
    expect(await load(key)).toEqual(written(key));
  });
});

describe("a process that knows a script", () => {
  it("keeps what it knows while that is the head", async () => {
    const key = await givenScript();
    const known = written(key);
    expect(await load(key, known)).toBe(known);
  });

  it("goes on from there when others wrote", async () => {
    const key = await givenScript();
    const known = written(key);
    await submit(key, updateNode("a", { edit: 1 }), updateNode("a", { edit: 2 }));
    expect(await load(key, known)).toEqual(written(key));
  });

  it.each([
    ["as long as the log", 0],
    ["longer than the log", 1],
    ["shorter than the log", -1],
  ])("starts anew when it knows another history, %s", async (_, more) => {
    const key = await givenScript();
    const tip = written(key);
    const foreign = { ...tip, sequence: tip.sequence + more, chainHash: "f".repeat(64), state: EMPTY_STATE };
    expect(await load(key, foreign)).toEqual(tip);
  });
});

describe("the state", () => {
  const stateOf = (key: ScriptKey, at?: { sequence: number } | { time: Date }) =>
    loadState(
      { prisma: service.writer.prisma, streams: new StreamCache(1_000_000) },
      { ...key, ...(at && { at }) },
    );

  it("is that of any sequence in the log, and of no other", async () => {
    const key = await givenScript();
    const states = [written(key).state];
    for (let edit = 0; edit < 3; edit++) {
      await submit(key, updateNode("a", { edit }));
      states.push(written(key).state);
      if (edit === 1) await service.run(key.scriptId);
    }
    for (const [place, state] of states.entries())
      expect(await stateOf(key, { sequence: place + 2 })).toEqual({
        kind: "found",
        state,
        sequence: place + 2,
        headSequence: 5,
      });
    expect(await stateOf(key)).toEqual({ kind: "found", state: states.at(-1), sequence: 5, headSequence: 5 });
    for (const sequence of [-1, 0, 6])
      expect(await stateOf(key, { sequence })).toEqual({ kind: "sequence_not_found", headSequence: 5 });
  });

  it("is there for nobody when there is no script", async () => {
    const key = { tenantId: "t1", scriptId: "nobodys" };
    for (const at of [undefined, { sequence: 1 }, { time: new Date() }])
      expect(await stateOf(key, at)).toEqual({ kind: "script_not_found" });
  });

  it("that was read is remembered", async () => {
    const key = await givenScript();
    const streams = new StreamCache(1_000_000);
    await loadState({ prisma: service.writer.prisma, streams }, key);
    expect(streams.get(key).committed).toEqual(written(key));
  });
});

describe("a newest snapshot", () => {
  let damaged: Materializer;
  beforeAll(async () => {
    damaged = await openMaterializer();
  });
  afterAll(() => damaged.close());

  it("spares reading what is before it, and one that is damaged gives way to the one before", async () => {
    const key = { tenantId: "t1", scriptId: "s1" };
    await damaged.create("s1");
    await damaged.writer.submit("s1", [COMMIT]);
    await damaged.writer.submit("s1", [updateNode("a", { edit: 1 }), updateNode("a", { edit: 2 })]);
    await damaged.run("s1");
    await damaged.writer.submit("s1", [updateNode("a", { edit: 3 })]);
    const tip = damaged.writer.streams.get(key).committed!;
    const cold = () => loadTip({ prisma: damaged.writer.prisma }, key);
    // Whoever replays it throws: it is behind both snapshots.
    await poison(damaged.owner, { scriptId: "s1", sequence: 2 });
    expect(await cold()).toEqual(tip);
    const where = { ...key, version: 2 };
    const change = (data: object) => damaged.prisma.scriptVersion.updateMany({ where, data });
    const { graphHash, stateHash, reducerVersion } = await damaged.prisma.scriptVersion.findFirstOrThrow({
      where,
    });
    for (const damage of [
      { graphHash: "0".repeat(64) },
      { stateHash: "0".repeat(64) },
      { reducerVersion: 99 },
    ]) {
      await change(damage);
      expect(await cold()).toEqual(tip);
      await change({ graphHash, stateHash, reducerVersion });
    }
    // Between the snapshots: read only when the newer one is of no use.
    await poison(damaged.owner, { scriptId: "s1", sequence: 4 });
    expect(await cold()).toEqual(tip);
    await change({ stateHash: "0".repeat(64) });
    await expect(cold()).rejects.toThrow("Scripts.Teleport");
  });
});
