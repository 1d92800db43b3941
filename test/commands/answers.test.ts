import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SubmittedCommand } from "../../src/commands/submission.ts";
import { submitCommands } from "../../src/commands/submitCommands.ts";
import { addEdge, addNode, createScript, updateNode } from "../support/openWriter.ts";
import { accepted, COMMIT, openSubmitPath, submission, type SubmitPath } from "./support/submitPath.ts";

/*
 * What the submit path answers and writes, word for word. What it promises beyond a single answer, such as under
 * races, is in the files beside this one.
 */

let path: SubmitPath;
beforeAll(async () => {
  path = await openSubmitPath();
});
afterAll(() => path.close());

const ANN = { type: "USER", id: "ann", onBehalfOf: "boss" } as const;

async function listingOf(scriptId: string) {
  return path.writer.prisma.script.findUniqueOrThrow({
    where: { tenantId_id: { tenantId: "t1", id: scriptId } },
  });
}

describe("an accepted batch", () => {
  it("is answered with its commands, what it changed and what the graph lacks", async () => {
    const scriptId = await path.givenScript();
    const result = accepted(
      await path.writer.submit(scriptId, [
        { ...addEdge("e1", "n1", "n2"), commandId: `${scriptId}-1` },
        { ...updateNode("n2", { prompt: "Bye" }), commandId: `${scriptId}-2` },
      ]),
    );
    expect(result).toEqual({
      scriptId,
      batchId: expect.any(String) as string,
      commands: [
        { commandId: `${scriptId}-1`, command: "Scripts.AddEdge.v1", sequence: 4 },
        { commandId: `${scriptId}-2`, command: "Scripts.UpdateNode.v1", sequence: 5 },
      ],
      headSequence: 5,
      diff: {
        added: ["edges/e1"],
        updated: ["nodes/n2"],
        removed: [],
        patch: [
          expect.objectContaining({ op: "add", path: "/edges/e1" }),
          { op: "replace", path: "/nodes/n2/data/prompt", value: "Bye" },
        ],
      },
      findings: expect.arrayContaining([expect.objectContaining({ severity: "error" })]) as unknown[],
      rebased: false,
      alreadyApplied: false,
      dryRun: false,
    });
  });

  it("lists no more findings than a reader can take in", async () => {
    const scriptId = await path.givenScript();
    const many = Array.from({ length: 210 }, (_, number) => addNode(`x${number}`));
    expect(accepted(await path.writer.submit(scriptId, many)).findings).toHaveLength(200);
  });

  it("is in the log with everything that was said of it", async () => {
    const scriptId = await path.givenScript();
    path.clock = new Date("2026-02-03T04:05:06.789Z");
    const [first, second] = [
      { ...updateNode("n1", { a: 1 }), commandId: `${scriptId}-1` },
      { ...updateNode("n1", { a: 2 }), commandId: `${scriptId}-2` },
    ];
    const { batchId } = accepted(
      await path.writer.submit(scriptId, [first, second], {
        actor: ANN,
        correlationId: "corr",
        causationId: "cause",
        note: "Why",
      }),
    );
    const row = {
      tenantId: "t1",
      scriptId,
      sequence: 4,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/u) as string,
      commandId: `${scriptId}-1`,
      batchId,
      type: "Scripts.UpdateNode",
      typeVersion: 1,
      payload: first.payload,
      facts: {},
      patch: [{ op: "add", path: "/nodes/n1/data/a", value: 1 }],
      inversePatch: [{ op: "remove", path: "/nodes/n1/data/a" }],
      actorType: "USER",
      actorId: "ann",
      onBehalfOf: "boss",
      correlationId: "corr",
      causationId: "cause",
      note: "Why",
      reducerVersion: 1,
      chainHash: expect.stringMatching(/^[0-9a-f]{64}$/u) as string,
      createdAt: path.clock,
    };
    const log = await path.logOf(scriptId);
    // The first edit of a draft also says that it differs from the last version.
    expect(log.slice(3)).toEqual([
      {
        ...row,
        patch: expect.arrayContaining(row.patch) as unknown,
        inversePatch: expect.any(Array) as unknown,
      },
      {
        ...row,
        sequence: 5,
        commandId: `${scriptId}-2`,
        payload: second.payload,
        patch: [{ op: "replace", path: "/nodes/n1/data/a", value: 2 }],
        inversePatch: [{ op: "replace", path: "/nodes/n1/data/a", value: 1 }],
        note: null,
      },
    ]);
    expect(log[0]).toMatchObject({ onBehalfOf: null, causationId: null, note: null });
  });

  it("changes of the listing what it changed, and says who was here last", async () => {
    path.clock = new Date("2026-03-01T00:00:00.000Z");
    const scriptId = await path.givenScript();
    const created = await listingOf(scriptId);
    expect(created).toMatchObject({
      createdById: "u1",
      updatedById: "u1",
      createdAt: path.clock,
      updatedAt: path.clock,
    });
    const later = new Date("2026-03-02T00:00:00.000Z");
    path.clock = later;
    // A process that did not create it knows who did.
    accepted(
      await path.other.submit(
        scriptId,
        [{ command: "Scripts.UpdateDetails.v1", payload: { name: "Renamed", description: "Short" } }],
        { actor: ANN },
      ),
    );
    const renamed = {
      ...created,
      name: "Renamed",
      description: "Short",
      updatedById: "ann",
      updatedAt: later,
    };
    expect(await listingOf(scriptId)).toEqual(renamed);
    path.clock = new Date("2026-03-03T00:00:00.000Z");
    accepted(await path.other.submit(scriptId, [updateNode("n1", { a: 1 })]));
    expect(await listingOf(scriptId)).toEqual({ ...renamed, updatedById: "u1", updatedAt: path.clock });
  });

  it("leaves one job for all that comes until it is worked off, with what made it due", async () => {
    const scriptId = await path.givenScript();
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const fresh = `${scriptId}-fresh`;
    const made = submission(fresh, [createScript(fresh), addNode("n1")]);
    accepted(await submitCommands(path.writer.deps, { ...made, correlationId: "first", traceparent }));
    accepted(await path.writer.submit(fresh, [updateNode("n1", { a: 1 })], { correlationId: "second" }));
    expect(await jobsOf(fresh)).toEqual([
      {
        tenantId: "t1",
        scriptId: fresh,
        correlationId: "first",
        traceparent: expect.stringContaining("a".repeat(32)) as string,
      },
    ]);
  });
});

async function jobsOf(scriptId: string): Promise<unknown[]> {
  const owner = new Client({ connectionString: path.database.ownerUrl });
  await owner.connect();
  const { rows } = await owner.query<{ data: unknown }>(
    `select data from pgboss.job where name = 'materialize' and data ->> 'scriptId' = $1`,
    [scriptId],
  );
  await owner.end();
  return rows.map(({ data }) => data);
}

describe("a batch that is refused without a look at the script", () => {
  it("names the command that the role may not submit, and who may", async () => {
    expect(await path.writer.submit("nobodys", [addNode("n1"), COMMIT], { role: "agent" })).toEqual({
      kind: "forbidden",
      index: 1,
      command: "Scripts.CommitVersion.v1",
      role: "agent",
      allowed: ["editor", "publisher", "operator"],
      message:
        "The role agent may not submit Scripts.CommitVersion.v1. These may: editor, publisher, operator.",
    });
  });

  it("names both commands that have one id", async () => {
    const twice = [addNode("n1"), addNode("n2"), addNode("n3")].map((command, index) => ({
      ...command,
      commandId: index === 1 ? "other" : "same",
    }));
    expect(await path.writer.submit("nobodys", twice)).toEqual({
      kind: "refused",
      refusals: [
        {
          index: 2,
          code: "duplicate_command_id",
          path: "",
          message: 'The commandId "same" stands at commands 0 and 2. Give each its own.',
        },
      ],
    });
  });
});

describe("a conflict", () => {
  it("lists what was missed as it was submitted, and names what was touched in order", async () => {
    const scriptId = await path.givenScript();
    path.clock = new Date("2026-04-05T06:07:08.009Z");
    accepted(
      await path.writer.submit(scriptId, [{ ...updateNode("n2", { a: 1 }), commandId: `${scriptId}-1` }]),
    );
    accepted(
      await path.writer.submit(scriptId, [{ ...updateNode("n1", { a: 2 }), commandId: `${scriptId}-2` }], {
        actor: ANN,
      }),
    );
    const missed = {
      sequence: 4,
      commandId: `${scriptId}-1`,
      command: "Scripts.UpdateNode.v1",
      payload: { nodeId: "n2", data: { a: 1 } },
      actor: { type: "USER", id: "u1" },
      createdAt: "2026-04-05T06:07:08.009Z",
      touched: ["nodes/n2"],
    };
    expect(await path.writer.submit(scriptId, [updateNode("n1", { a: 3 })], { expectedSequence: 3 })).toEqual(
      {
        kind: "conflict",
        expectedSequence: 3,
        headSequence: 5,
        missed: [
          missed,
          {
            ...missed,
            sequence: 5,
            commandId: `${scriptId}-2`,
            payload: { nodeId: "n1", data: { a: 2 } },
            actor: ANN,
            touched: ["nodes/n1"],
          },
        ],
        touched: ["nodes/n1", "nodes/n2"],
        overlap: [],
        refusals: [],
      },
    );
  });

  it("is what an expected sequence beyond the head is, whether or not a rebase was asked for", async () => {
    const scriptId = await path.givenScript();
    for (const onConflict of ["reject", "rebase"] as const)
      expect(
        await path.writer.submit(scriptId, [addNode("n9")], { expectedSequence: 4, onConflict }),
      ).toEqual({
        kind: "conflict",
        expectedSequence: 4,
        headSequence: 3,
        missed: [],
        touched: [],
        overlap: [],
        refusals: [],
      });
  });

  it("over the same thing is not rebased, and says over what", async () => {
    const scriptId = await path.givenScript();
    accepted(await path.writer.submit(scriptId, [updateNode("n1", { a: 1 })]));
    const outcome = await path.writer.submit(
      scriptId,
      [updateNode("n1", { b: 1 }), updateNode("n2", { b: 1 })],
      {
        expectedSequence: 3,
        onConflict: "rebase",
      },
    );
    expect(outcome).toEqual({
      kind: "conflict",
      expectedSequence: 3,
      headSequence: 4,
      missed: [expect.objectContaining({ sequence: 4 })],
      touched: ["nodes/n1"],
      overlap: ["nodes/n1"],
      refusals: [],
    });
  });

  it("lists the first 500 of what was missed, and what all of it touched", async () => {
    const scriptId = await path.givenScript();
    const edits = Array.from({ length: 500 }, (_, edit) => updateNode("n1", { edit }));
    accepted(await path.writer.submit(scriptId, [...edits, updateNode("n2", { last: true })]));
    const outcome = await path.writer.submit(scriptId, [addNode("n9")], { expectedSequence: 3 });
    if (outcome.kind !== "conflict") throw new Error(outcome.kind);
    expect([outcome.missed.length, outcome.missed.at(-1)?.sequence]).toEqual([500, 503]);
    expect(outcome.touched).toEqual(["nodes/n1", "nodes/n2"]);
  });

  it("meets a caller who expects that there is no script yet", async () => {
    const scriptId = await path.givenScript();
    expect(await path.writer.submit(scriptId, [addNode("n9")], { expectedSequence: 0 })).toMatchObject({
      kind: "conflict",
      expectedSequence: 0,
      headSequence: 3,
      missed: [{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }],
    });
  });
});

describe("a version that is not written yet", () => {
  it("can be published and gone back to: it is in the log", async () => {
    const scriptId = await path.givenScript();
    accepted(await path.writer.submit(scriptId, [COMMIT, addNode("n3"), COMMIT, addNode("n4")]));
    const rollback = (version: number): SubmittedCommand => ({
      command: "Scripts.RollbackToVersion.v1",
      payload: { version },
    });
    const { diff } = accepted(await path.other.submit(scriptId, [rollback(1)]));
    expect(diff.removed).toEqual(["nodes/n3", "nodes/n4"]);
    expect(accepted(await path.writer.submit(scriptId, [rollback(2)])).diff.added).toEqual(["nodes/n3"]);
    expect(await path.writer.submit(scriptId, [rollback(3)])).toMatchObject({
      kind: "refused",
      headSequence: 9,
    });
  });
});

describe("a dry run", () => {
  it("of a new script sees that the slug is free or taken", async () => {
    const taken = await path.givenScript();
    const created = (slug: string) =>
      path.writer.submit(`${taken}-new`, [createScript(slug)], { dryRun: true });
    expect(await created(taken)).toEqual({ kind: "slug_taken", slug: taken });
    expect(await created(`${taken}-free`)).toMatchObject({ kind: "accepted", result: { headSequence: 1 } });
    expect(await path.writer.submit(`${taken}-new`, [addNode("n1")])).toEqual({ kind: "script_not_found" });
  });

  it("does not take a script's own slug for taken", async () => {
    const scriptId = await path.givenScript();
    const rename = { command: "Scripts.UpdateDetails.v1", payload: { name: "Other name" } };
    expect(await path.writer.submit(scriptId, [rename], { dryRun: true })).toMatchObject({
      kind: "accepted",
    });
  });
});

describe("an empty log", () => {
  it("takes no edit but one that makes a script", async () => {
    for (const expectedSequence of [undefined, 0])
      expect(
        await path.writer.submit(
          "nowhere",
          [addNode("n1")],
          expectedSequence === undefined ? {} : { expectedSequence },
        ),
      ).toEqual({ kind: "script_not_found" });
    expect(
      await path.writer.submit("nowhere", [createScript("nowhere"), addNode("n1")], { expectedSequence: 0 }),
    ).toMatchObject({ kind: "accepted" });
  });
});
