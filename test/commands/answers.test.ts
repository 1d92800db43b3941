import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Submission, SubmitOutcome, SubmittedCommand } from "../../src/commands/submission.ts";
import { submitCommands, type SubmitDeps } from "../../src/commands/submitCommands.ts";
import { readCommands } from "../../src/log/readCommands.ts";
import {
  addEdge,
  addNode,
  createScript,
  openWriter,
  updateNode,
  type Writer,
} from "../support/openWriter.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

/*
 * What the submit path answers and writes, word for word. What it promises beyond a single answer, such as under
 * races, is in the files beside this one.
 */

let database: TestDatabase;
let writer: Writer;
/** Another process: it knows nothing of what the first one did. */
let other: Writer;
let clock = new Date("2026-01-02T03:04:05.678Z");
let scripts = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const now = (): Date => clock;
  writer = await openWriter(database.apiUrl, { now });
  other = await openWriter(database.apiUrl, { now });
});

afterAll(async () => {
  await writer.close();
  await other.close();
  await database.drop();
});

const ANN = { type: "USER", id: "ann", onBehalfOf: "boss" } as const;
const COMMIT: SubmittedCommand = {
  command: "Scripts.CommitVersion.v1",
  payload: { allowUnchanged: true },
};

function accepted(outcome: SubmitOutcome) {
  if (outcome.kind !== "accepted") throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.result;
}

/** A script with nodes n1 and n2, written by u1: its log ends at 3. */
async function givenScript(): Promise<string> {
  const scriptId = `a${++scripts}`;
  accepted(await writer.submit(scriptId, [createScript(scriptId), addNode("n1"), addNode("n2")]));
  return scriptId;
}

function submission(scriptId: string, commands: readonly SubmittedCommand[]): Submission {
  return {
    tenantId: "t1",
    scriptId,
    actor: { type: "USER", id: "u1" },
    role: "operator",
    correlationId: "test",
    commands,
    onConflict: "reject",
    dryRun: false,
  };
}

async function logOf(scriptId: string) {
  return readCommands({ prisma: writer.prisma }, { tenantId: "t1", scriptId, after: 0, limit: 1_000 });
}

async function listingOf(scriptId: string) {
  return writer.prisma.script.findUniqueOrThrow({
    where: { tenantId_id: { tenantId: "t1", id: scriptId } },
  });
}

describe("an accepted batch", () => {
  it("is answered with its commands, what it changed and what the graph lacks", async () => {
    const scriptId = await givenScript();
    const result = accepted(
      await writer.submit(scriptId, [
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
    const scriptId = await givenScript();
    const many = Array.from({ length: 210 }, (_, number) => addNode(`x${number}`));
    expect(accepted(await writer.submit(scriptId, many)).findings).toHaveLength(200);
  });

  it("is in the log with everything that was said of it", async () => {
    const scriptId = await givenScript();
    clock = new Date("2026-02-03T04:05:06.789Z");
    const [first, second] = [
      { ...updateNode("n1", { a: 1 }), commandId: `${scriptId}-1` },
      { ...updateNode("n1", { a: 2 }), commandId: `${scriptId}-2` },
    ];
    const { batchId } = accepted(
      await writer.submit(scriptId, [first, second], {
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
      createdAt: clock,
    };
    const log = await logOf(scriptId);
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
    clock = new Date("2026-03-01T00:00:00.000Z");
    const scriptId = await givenScript();
    const created = await listingOf(scriptId);
    expect(created).toMatchObject({
      createdById: "u1",
      updatedById: "u1",
      createdAt: clock,
      updatedAt: clock,
    });
    const later = new Date("2026-03-02T00:00:00.000Z");
    clock = later;
    // A process that did not create it knows who did.
    accepted(
      await other.submit(
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
    clock = new Date("2026-03-03T00:00:00.000Z");
    accepted(await other.submit(scriptId, [updateNode("n1", { a: 1 })]));
    expect(await listingOf(scriptId)).toEqual({ ...renamed, updatedById: "u1", updatedAt: clock });
  });

  it("leaves one job for all that comes until it is worked off, with what made it due", async () => {
    const scriptId = await givenScript();
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const fresh = `${scriptId}-fresh`;
    const made = submission(fresh, [createScript(fresh), addNode("n1")]);
    accepted(await submitCommands(writer.deps, { ...made, correlationId: "first", traceparent }));
    accepted(await writer.submit(fresh, [updateNode("n1", { a: 1 })], { correlationId: "second" }));
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
  const owner = new Client({ connectionString: database.ownerUrl });
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
    expect(await writer.submit("nobodys", [addNode("n1"), COMMIT], { role: "agent" })).toEqual({
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
    expect(await writer.submit("nobodys", twice)).toEqual({
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
    const scriptId = await givenScript();
    clock = new Date("2026-04-05T06:07:08.009Z");
    accepted(await writer.submit(scriptId, [{ ...updateNode("n2", { a: 1 }), commandId: `${scriptId}-1` }]));
    accepted(
      await writer.submit(scriptId, [{ ...updateNode("n1", { a: 2 }), commandId: `${scriptId}-2` }], {
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
    expect(await writer.submit(scriptId, [updateNode("n1", { a: 3 })], { expectedSequence: 3 })).toEqual({
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
    });
  });

  it("is what an expected sequence beyond the head is, whether or not a rebase was asked for", async () => {
    const scriptId = await givenScript();
    for (const onConflict of ["reject", "rebase"] as const)
      expect(await writer.submit(scriptId, [addNode("n9")], { expectedSequence: 4, onConflict })).toEqual({
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
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, [updateNode("n1", { a: 1 })]));
    const outcome = await writer.submit(scriptId, [updateNode("n1", { b: 1 }), updateNode("n2", { b: 1 })], {
      expectedSequence: 3,
      onConflict: "rebase",
    });
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
    const scriptId = await givenScript();
    const edits = Array.from({ length: 500 }, (_, edit) => updateNode("n1", { edit }));
    accepted(await writer.submit(scriptId, [...edits, updateNode("n2", { last: true })]));
    const outcome = await writer.submit(scriptId, [addNode("n9")], { expectedSequence: 3 });
    if (outcome.kind !== "conflict") throw new Error(outcome.kind);
    expect([outcome.missed.length, outcome.missed.at(-1)?.sequence]).toEqual([500, 503]);
    expect(outcome.touched).toEqual(["nodes/n1", "nodes/n2"]);
  });

  it("meets a caller who expects that there is no script yet", async () => {
    const scriptId = await givenScript();
    expect(await writer.submit(scriptId, [addNode("n9")], { expectedSequence: 0 })).toMatchObject({
      kind: "conflict",
      expectedSequence: 0,
      headSequence: 3,
      missed: [{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }],
    });
  });
});

describe("command ids that are in the log", () => {
  const ids = (scriptId: string, ...names: string[]): SubmittedCommand[] =>
    names.map((name) => ({ ...addNode(name), commandId: `${scriptId}-${name}` }));
  const reused = (scriptId: string, index: number, name: string, sequence: number) => ({
    kind: "command_id_reused",
    index,
    commandId: `${scriptId}-${name}`,
    sequence,
  });

  it("are found by a process that has not seen them", async () => {
    const scriptId = await givenScript();
    const batch = ids(scriptId, "x", "y");
    const first = accepted(await writer.submit(scriptId, batch, { note: "Once" }));
    expect(accepted(await other.submit(scriptId, batch))).toEqual({ ...first, alreadyApplied: true });
    expect(await logOf(scriptId)).toHaveLength(5);
  });

  it("answer a dry run with what became of them", async () => {
    const scriptId = await givenScript();
    const first = accepted(await writer.submit(scriptId, ids(scriptId, "x")));
    const again = accepted(await writer.submit(scriptId, ids(scriptId, "x"), { dryRun: true }));
    expect(again).toEqual({ ...first, alreadyApplied: true, dryRun: true });
  });

  it.each([
    ["in another order", ["y", "x"]],
    ["after a new one", ["z", "x", "y"]],
  ])("are not the same batch %s", async (_, names) => {
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, ids(scriptId, "x", "y")));
    expect(await writer.submit(scriptId, ids(scriptId, ...names))).toEqual(reused(scriptId, 1, "x", 4));
    expect(await logOf(scriptId)).toHaveLength(5);
  });

  it("of a part of a batch tell of that part: it is in the log as it was sent", async () => {
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, ids(scriptId, "x", "y")));
    const result = accepted(await writer.submit(scriptId, ids(scriptId, "y")));
    expect(result).toMatchObject({
      commands: [{ commandId: `${scriptId}-y`, sequence: 5 }],
      diff: { added: ["nodes/y"] },
      alreadyApplied: true,
    });
    expect(await logOf(scriptId)).toHaveLength(5);
  });

  it("of two batches are not one batch", async () => {
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, ids(scriptId, "x")));
    accepted(await writer.submit(scriptId, ids(scriptId, "y")));
    expect(await writer.submit(scriptId, ids(scriptId, "x", "y"))).toEqual(reused(scriptId, 0, "x", 4));
  });

  it("are not the same batch when two that look alike change places", async () => {
    const scriptId = await givenScript();
    const same = (...names: string[]) =>
      names.map((name) => ({ ...updateNode("n1", { a: 1 }), commandId: `${scriptId}-${name}` }));
    accepted(await writer.submit(scriptId, same("x", "y")));
    expect(await writer.submit(scriptId, same("y", "x"))).toEqual(reused(scriptId, 1, "x", 4));
  });

  it("do not stand for a command of another type, were its payload the same", async () => {
    const scriptId = await givenScript();
    const commandId = `${scriptId}-x`;
    const on = (name: string) => ({ command: `Scripts.${name}.v1`, payload: { version: 1 }, commandId });
    accepted(await writer.submit(scriptId, [COMMIT]));
    accepted(await writer.submit(scriptId, [on("RollbackToVersion")]));
    expect(await writer.submit(scriptId, [on("PublishVersion")])).toEqual(reused(scriptId, 0, "x", 5));
  });

  it.each([
    ["of another type", { command: "Scripts.UpdateNode.v1", payload: { nodeId: "n1", data: {} } }],
    ["of a version that nobody knows", { command: "Scripts.AddNode.v99", payload: addNode("x").payload }],
    ["that cannot be read", { command: "Scripts.AddNode.v1", payload: null }],
  ])("do not stand for a command %s", async (_, command) => {
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, ids(scriptId, "x")));
    expect(await writer.submit(scriptId, [{ ...command, commandId: `${scriptId}-x` }])).toEqual(
      reused(scriptId, 0, "x", 4),
    );
  });
});

describe("an append whose answer is lost", () => {
  /** The write path, whose append fails once: before or after it reached the log. */
  function losing(when: "before" | "after"): { deps: SubmitDeps; alone: number } {
    let lost = false;
    const said = {
      alone: 0,
      deps: {
        ...writer.deps,
        append: async (request) => {
          if (lost) return writer.deps.append(request);
          lost = true;
          if (when === "after") await writer.deps.append(request);
          throw new Error("connection lost");
        },
        appendAlone: async (request) => {
          said.alone++;
          return writer.deps.appendAlone(request);
        },
      } satisfies SubmitDeps,
    };
    return said;
  }

  it.each(["before", "after"] as const)("%s it got there is there once, and no repeat", async (when) => {
    const scriptId = await givenScript();
    const path = losing(when);
    const result = accepted(await submitCommands(path.deps, submission(scriptId, [addNode("n3")])));
    expect(result).toMatchObject({ headSequence: 4, alreadyApplied: false, rebased: false });
    expect(await logOf(scriptId)).toHaveLength(4);
    // What failed once goes down by itself the second time.
    expect(path.alone).toBe(when === "before" ? 1 : 0);
  });

  it("is the only one that goes down by itself: a careful look is no failure", async () => {
    const scriptId = await givenScript();
    let alone = 0;
    const deps: SubmitDeps = {
      ...other.deps,
      appendAlone: async (request) => {
        alone++;
        return other.deps.appendAlone(request);
      },
    };
    accepted(await submitCommands(deps, submission(scriptId, [addNode("n3")])));
    expect(alone).toBe(0);
  });

  it("does not send the next one down by itself", async () => {
    const scriptId = await givenScript();
    const path = losing("before");
    for (const id of ["n3", "n4"])
      accepted(await submitCommands(path.deps, submission(scriptId, [addNode(id)])));
    expect(path.alone).toBe(1);
  });
});

describe("an edit that is decided on another one which is not in the log yet", () => {
  it("stands when that one gets there, without another look", async () => {
    const scriptId = await givenScript();
    let looks = 0;
    const deps: SubmitDeps = {
      ...writer.deps,
      inTenant: async (...args) => {
        looks++;
        return writer.deps.inTenant(...args);
      },
    };
    const both = await Promise.all(
      ["n3", "n4"].map((id) => submitCommands(deps, submission(scriptId, [addNode(id)]))),
    );
    expect(both.map((outcome) => accepted(outcome).headSequence)).toEqual([4, 5]);
    expect(looks).toBe(0);
  });

  it.each([
    ["what they wrote", [addEdge("e1", "n1", "n3")]],
    ["what was there before", [updateNode("n1", { a: 1 })]],
  ])("is decided anew on %s when somebody else was quicker", async (_, edits) => {
    const scriptId = await givenScript();
    accepted(await other.submit(scriptId, [addNode("n3")]));
    expect(accepted(await writer.submit(scriptId, edits))).toMatchObject({ headSequence: 5, rebased: false });
  });

  it("remembers what a careful look found", async () => {
    const scriptId = await givenScript();
    const key = { tenantId: "t1", scriptId };
    expect(await other.submit(scriptId, [addNode("n1")])).toMatchObject({ kind: "refused" });
    expect(other.streams.get(key).committed).toEqual(writer.streams.get(key).committed);
  });
});

describe("a version that is not written yet", () => {
  it("can be published and gone back to: it is in the log", async () => {
    const scriptId = await givenScript();
    accepted(await writer.submit(scriptId, [COMMIT, addNode("n3"), COMMIT, addNode("n4")]));
    const rollback = (version: number): SubmittedCommand => ({
      command: "Scripts.RollbackToVersion.v1",
      payload: { version },
    });
    const { diff } = accepted(await other.submit(scriptId, [rollback(1)]));
    expect(diff.removed).toEqual(["nodes/n3", "nodes/n4"]);
    expect(accepted(await writer.submit(scriptId, [rollback(2)])).diff.added).toEqual(["nodes/n3"]);
    expect(await writer.submit(scriptId, [rollback(3)])).toMatchObject({ kind: "refused", headSequence: 9 });
  });
});

describe("a dry run", () => {
  it("of a new script sees that the slug is free or taken", async () => {
    const taken = await givenScript();
    const created = (slug: string) => writer.submit(`${taken}-new`, [createScript(slug)], { dryRun: true });
    expect(await created(taken)).toEqual({ kind: "slug_taken", slug: taken });
    expect(await created(`${taken}-free`)).toMatchObject({ kind: "accepted", result: { headSequence: 1 } });
    expect(await writer.submit(`${taken}-new`, [addNode("n1")])).toEqual({ kind: "script_not_found" });
  });

  it("does not take a script's own slug for taken", async () => {
    const scriptId = await givenScript();
    const rename = { command: "Scripts.UpdateDetails.v1", payload: { name: "Other name" } };
    expect(await writer.submit(scriptId, [rename], { dryRun: true })).toMatchObject({ kind: "accepted" });
  });
});

describe("an empty log", () => {
  it("takes no edit but one that makes a script", async () => {
    for (const expectedSequence of [undefined, 0])
      expect(
        await writer.submit(
          "nowhere",
          [addNode("n1")],
          expectedSequence === undefined ? {} : { expectedSequence },
        ),
      ).toEqual({ kind: "script_not_found" });
    expect(
      await writer.submit("nowhere", [createScript("nowhere"), addNode("n1")], { expectedSequence: 0 }),
    ).toMatchObject({ kind: "accepted" });
  });
});
