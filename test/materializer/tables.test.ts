import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Submission, SubmittedCommand } from "../../src/commands/submission.ts";
import type { JobAttempt } from "../../src/materializer/commitMaterialization.ts";
import { materialize } from "../../src/materializer/materialize.ts";
import { MATERIALIZE_QUEUE } from "../../src/materializer/sendMaterializeJobs.ts";
import { toSnapshot } from "../../src/scripts/snapshot.ts";
import { addNode, createScript, updateNode } from "../support/openWriter.ts";
import { openMaterializer, type Materializer } from "./support/openMaterializer.ts";

/*
 * The rows that a run leaves, column by column. Races, crashes and long logs are in the files beside this one.
 */

let service: Materializer;
let scripts = 0;
beforeAll(async () => {
  service = await openMaterializer();
});
afterAll(() => service.close());

const graph = (...ids: string[]): SubmittedCommand => ({
  command: "Scripts.ReplaceGraph.v1",
  payload: {
    graphJson: {
      schemaVersion: 1,
      nodes: ids.map((id, place) => ({
        id,
        type: place === 0 ? "start" : place === ids.length - 1 ? "end" : "message",
        position: { x: 0, y: 0 },
        data: { prompt: id },
      })),
      edges: ids.slice(1).map((id, place) => ({ id: `e-${id}`, source: ids[place]!, target: id })),
      viewport: { x: 0, y: 0, zoom: 1 },
      entryNodeId: ids[0]!,
    },
  },
});
const commit = (changelog?: string): SubmittedCommand => ({
  command: "Scripts.CommitVersion.v1",
  payload: { allowUnchanged: true, ...(changelog === undefined ? {} : { changelog }) },
});
const publish = (version: number): SubmittedCommand => ({
  command: "Scripts.PublishVersion.v1",
  payload: { version },
});
const UNPUBLISH: SubmittedCommand = { command: "Scripts.UnpublishVersion.v1", payload: {} };

/** One script and those who edit it. */
function newScript() {
  const scriptId = `s${++scripts}`;
  const key = { tenantId: "t1", scriptId };
  const submit = async (
    by: string,
    commands: readonly SubmittedCommand[],
    more: Partial<Submission> = {},
  ) => {
    const outcome = await service.writer.submit(scriptId, commands, {
      actor: { type: "USER", id: by },
      ...more,
    });
    if (outcome.kind !== "accepted") throw new Error(JSON.stringify(outcome));
    // What its process holds in memory is what the snapshot must say.
    const { state, lastCreatedAt } = service.writer.streams.get(key).committed!;
    return { batchId: outcome.result.batchId, snapshot: toSnapshot(state), at: lastCreatedAt };
  };
  return {
    key,
    submit,
    run: async () => expect(await service.run(scriptId)).toMatchObject({ kind: "materialized" }),
    versions: () => service.prisma.scriptVersion.findMany({ where: key, orderBy: { version: "asc" } }),
    audit: () => service.prisma.scriptAuditLog.findMany({ where: key, orderBy: { fromSequence: "asc" } }),
    pointers: () =>
      service.prisma.script.findUniqueOrThrow({
        where: { tenantId_id: { tenantId: "t1", id: scriptId } },
        select: { activeVersionId: true, latestVersion: true },
      }),
    stream: () => service.prisma.scriptStream.findUniqueOrThrow({ where: { tenantId_scriptId: key } }),
  };
}

describe("a version", () => {
  it("is opened by the first edit, moved on by later ones, and sealed by whoever seals it", async () => {
    const script = newScript();
    const row = {
      ...script.key,
      id: `${script.key.scriptId}-v1`,
      version: 1,
      changelog: null,
      isPublished: false,
      reducerVersion: 1,
      fromSequence: 1,
      sealedAt: null,
    };
    const made = await script.submit("ann", [createScript(script.key.scriptId), addNode("a")]);
    await script.run();
    const draft = { ...row, ...made.snapshot, toSequence: 2, createdById: "ann", createdAt: made.at };
    expect(await script.versions()).toEqual([draft]);

    const edited = await script.submit("bob", [updateNode("a", { edit: 1 })]);
    await script.run();
    expect(await script.versions()).toEqual([{ ...draft, ...edited.snapshot, toSequence: 3 }]);

    const sealing = await script.submit("cyd", [commit("First")]);
    await script.run();
    const sealed = {
      ...row,
      ...sealing.snapshot,
      changelog: "First",
      toSequence: 4,
      createdById: "cyd",
      createdAt: sealing.at,
      sealedAt: sealing.at,
    };
    expect(await script.versions()).toEqual([sealed]);

    const next = await script.submit("dan", [updateNode("a", { edit: 2 })]);
    await script.run();
    expect(await script.versions()).toEqual([
      sealed,
      {
        ...row,
        ...next.snapshot,
        id: `${script.key.scriptId}-v2`,
        version: 2,
        fromSequence: 5,
        toSequence: 5,
        createdById: "dan",
        createdAt: next.at,
      },
    ]);
    expect(await script.stream()).toMatchObject({ materializedSequence: 5, materializeFailure: null });
  });

  it("is sealed with those before it and the draft after it in one run", async () => {
    const script = newScript();
    await script.submit("ann", [createScript(script.key.scriptId), commit("One"), commit(), addNode("a")]);
    await script.run();
    const rows = await script.versions();
    expect(
      rows.map((row) => [
        row.version,
        row.fromSequence,
        row.toSequence,
        row.changelog,
        row.sealedAt !== null,
      ]),
    ).toEqual([
      [1, 1, 2, "One", true],
      [2, 3, 3, null, true],
      [3, 4, 4, null, false],
    ]);
  });
});

describe("the pointers", () => {
  it("follow what is sealed, published and taken back, and one version at most is marked", async () => {
    const script = newScript();
    const { scriptId } = script.key;
    const expectPointers = async (latestVersion: number, active: number | null): Promise<void> => {
      await script.run();
      const activeVersionId = active === null ? null : `${scriptId}-v${active}`;
      expect(await script.pointers()).toEqual({ activeVersionId, latestVersion });
      const marked = (await script.versions()).filter((row) => row.isPublished).map((row) => row.version);
      expect(marked).toEqual(active === null ? [] : [active]);
    };
    await script.submit("ann", [createScript(scriptId), graph("a", "z")]);
    await expectPointers(0, null);
    await script.submit("ann", [commit()]);
    await expectPointers(1, null);
    await script.submit("ann", [publish(1)]);
    await expectPointers(1, 1);
    await script.submit("ann", [updateNode("a", { edit: 1 })]);
    await expectPointers(1, 1);
    await script.submit("ann", [commit(), publish(2)]);
    await expectPointers(2, 2);
    await script.submit("ann", [publish(1)]);
    await expectPointers(2, 1);
    await script.submit("ann", [UNPUBLISH]);
    await expectPointers(2, null);
  });

  it("of one script say nothing of another one, in this tenant or another", async () => {
    const [one, two] = [newScript(), newScript()];
    for (const script of [one, two]) {
      await script.submit("ann", [createScript(script.key.scriptId), graph("a", "z"), commit(), publish(1)]);
      await script.run();
    }
    await two.submit("ann", [UNPUBLISH]);
    await two.run();
    expect(await one.pointers()).toEqual({
      activeVersionId: `${one.key.scriptId}-v1`,
      latestVersion: 1,
    });
    expect((await one.versions())[0]).toMatchObject({ isPublished: true });
  });
});

describe("an audit row", () => {
  it("says of a batch who did what, why, and what it changed", async () => {
    const script = newScript();
    const made = await script.submit("ann", [createScript(script.key.scriptId), addNode("a")], {
      correlationId: "c1",
    });
    const edited = await script.submit("helper", [updateNode("a", { x: 1 }), updateNode("a", { x: 2 })], {
      actor: { type: "AI_AGENT", id: "helper", onBehalfOf: "ann" },
      correlationId: "c2",
      note: "Tried",
    });
    await script.run();
    const archived = await script.submit("cyd", [
      { command: "Scripts.ChangeStatus.v1", payload: { status: "ARCHIVED" } },
    ]);
    await script.run();
    const log = await service.prisma.scriptCommand.findMany({
      where: script.key,
      orderBy: { sequence: "asc" },
    });
    const patches = (from: number, to: number) => log.slice(from - 1, to).flatMap(({ patch }) => patch);
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/u) as string;
    const common = { ...script.key, id, version: 1, onBehalfOf: null, note: null };
    expect(await script.audit()).toEqual([
      {
        ...common,
        batchId: made.batchId,
        actorType: "USER",
        actorId: "ann",
        action: "CREATE",
        diffJson: patches(1, 2),
        correlationId: "c1",
        fromSequence: 1,
        toSequence: 2,
        createdAt: made.at,
      },
      {
        ...common,
        batchId: edited.batchId,
        actorType: "AI_AGENT",
        actorId: "helper",
        onBehalfOf: "ann",
        action: "UPDATE",
        diffJson: patches(3, 4),
        note: "Tried",
        correlationId: "c2",
        fromSequence: 3,
        toSequence: 4,
        createdAt: edited.at,
      },
      {
        ...common,
        batchId: archived.batchId,
        actorType: "USER",
        actorId: "cyd",
        action: "ARCHIVE",
        diffJson: patches(5, 5),
        correlationId: "test",
        fromSequence: 5,
        toSequence: 5,
        createdAt: archived.at,
      },
    ]);
  });

  it("is written for each of very many batches", async () => {
    const script = newScript();
    await script.submit("ann", [createScript(script.key.scriptId), addNode("a")]);
    const edits = Array.from({ length: 501 }, (_, edit) => script.submit("ann", [updateNode("a", { edit })]));
    await Promise.all(edits);
    await script.run();
    expect(await script.audit()).toHaveLength(502);
  });
});

describe("a job", () => {
  const stateOf = async (id: string) =>
    (await service.owner.query("select state::text, output from pgboss.job where id = $1", [id])).rows[0];

  /** Takes the job of a script, as a worker would. */
  async function take(scriptId: string): Promise<JobAttempt> {
    const { rows } = await service.owner.query<JobAttempt>(
      `update pgboss.job set state = 'active', started_on = now()
       where name = $1 and data ->> 'scriptId' = $2
       returning id, retry_count as "retryCount"`,
      [MATERIALIZE_QUEUE, scriptId],
    );
    return rows[0]!;
  }

  it("is completed in the transaction that does what it was sent for", async () => {
    const script = newScript();
    await script.submit("ann", [createScript(script.key.scriptId)]);
    const job = await take(script.key.scriptId);
    const seen: unknown[] = [];
    const pause = async (): Promise<void> => void seen.push(await stateOf(job.id));
    expect(await materialize({ ...service.deps, pause }, { ...script.key, job })).toMatchObject({
      kind: "materialized",
    });
    expect(await stateOf(job.id)).toEqual({ state: "completed", output: null });
    expect(new Set(seen.map((row) => (row as { state: string }).state))).toEqual(
      new Set(["active", "completed"]),
    );
  });
});
