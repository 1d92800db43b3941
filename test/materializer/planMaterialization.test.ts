import { describe, expect, it } from "vitest";
import type { MaterializationBase } from "../../src/materializer/materialization.ts";
import { planMaterialization } from "../../src/materializer/planMaterialization.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { replay } from "../../src/scripts/replay.ts";
import type { ReplayError } from "../../src/scripts/replayError.ts";
import { toSnapshot } from "../../src/scripts/snapshot.ts";
import { buildTail, commit, CREATE, minute, node, type TailBatch } from "./support/buildTail.ts";

const START: MaterializationBase = { state: EMPTY_STATE, sequence: 0, openVersion: null };

function plan(batches: readonly TailBatch[], base: MaterializationBase = START) {
  let count = 0;
  const tail = buildTail(batches).slice(base.sequence);
  return planMaterialization(base, tail, (nowMs) => `id${++count}@${new Date(nowMs).getUTCMinutes()}`);
}

/** The base that a materialization of these batches leaves behind. */
function baseAfter(batches: readonly TailBatch[]): MaterializationBase {
  return plan(batches).next;
}

function snapshotAt(batches: readonly TailBatch[], sequence: number) {
  return toSnapshot(replay(EMPTY_STATE, buildTail(batches).slice(0, sequence)));
}

const DRAFT = [
  { commands: [CREATE] },
  { actorId: "u2", note: "first nodes", commands: [node("a"), node("b")] },
];

describe("a draft", () => {
  it("is the open version 1, created by whoever made the first edit", () => {
    expect(plan(DRAFT).versions).toEqual([
      {
        exists: false,
        version: 1,
        fromSequence: 1,
        toSequence: 3,
        snapshot: snapshotAt(DRAFT, 3),
        changelog: null,
        sealedAt: null,
        createdById: "u1",
        createdAt: minute(1),
        reducerVersion: 1,
      },
    ]);
  });

  it("keeps its row when edits follow", () => {
    const more = [...DRAFT, { actorId: "u3", commands: [node("c")] }];
    expect(plan(more, baseAfter(DRAFT)).versions).toEqual([
      expect.objectContaining({
        exists: true,
        version: 1,
        fromSequence: 1,
        toSequence: 4,
        snapshot: snapshotAt(more, 4),
        createdById: "u1",
        createdAt: minute(1),
      }),
    ]);
  });
});

describe("CommitVersion", () => {
  const sealed = [...DRAFT, { actorId: "u3", commands: [commit("First version")] }];

  it("seals the draft under its number, by whoever committed", () => {
    expect(plan(sealed, baseAfter(DRAFT)).versions).toEqual([
      {
        exists: true,
        version: 1,
        fromSequence: 1,
        toSequence: 4,
        snapshot: snapshotAt(sealed, 4),
        changelog: "First version",
        sealedAt: minute(4),
        createdById: "u3",
        createdAt: minute(4),
        reducerVersion: 1,
      },
    ]);
  });

  it("without a changelog leaves none behind, and moves the pointer to the latest version", () => {
    const done = plan([...DRAFT, { commands: [commit()] }], baseAfter(DRAFT));
    expect(done.versions).toMatchObject([{ version: 1, changelog: null }]);
    expect(done).toMatchObject({ latestVersion: 1, activeVersion: null, pointersMoved: true });
  });

  it("lets the next command open the next version", () => {
    const after = [...sealed, { commands: [node("c")] }];
    expect(plan(after, baseAfter(sealed)).versions).toEqual([
      expect.objectContaining({
        exists: false,
        version: 2,
        fromSequence: 5,
        toSequence: 5,
        sealedAt: null,
      }),
    ]);
  });

  it("inside a batch ends one version and begins the next", () => {
    const batches = [
      ...DRAFT,
      { commands: [node("c"), commit(), { type: "PublishVersion", payload: { version: 1 } }] },
    ];
    const done = plan(batches, baseAfter(DRAFT));
    expect(
      done.versions.map(({ exists, version, fromSequence, toSequence }) => [
        exists,
        version,
        fromSequence,
        toSequence,
      ]),
    ).toEqual([
      [true, 1, 1, 5],
      [false, 2, 6, 6],
    ]);
    expect(done.auditRows).toEqual([
      expect.objectContaining({ action: "PUBLISH", version: 2, fromSequence: 4, toSequence: 6 }),
    ]);
    expect(done).toMatchObject({
      latestVersion: 1,
      activeVersion: 1,
      pointersMoved: true,
    });
  });
});

describe("the audit", () => {
  it("has one row per batch, with the batch's patches in order", () => {
    const tail = buildTail(DRAFT);
    expect(plan(DRAFT).auditRows).toEqual([
      expect.objectContaining({
        batchId: "b1",
        action: "CREATE",
        fromSequence: 1,
        toSequence: 1,
        diffJson: tail[0]!.patch,
      }),
      {
        id: "id2@2",
        version: 1,
        batchId: "b2",
        actorType: "USER",
        actorId: "u2",
        onBehalfOf: null,
        action: "UPDATE",
        diffJson: [...tail[1]!.patch, ...tail[2]!.patch],
        note: "first nodes",
        correlationId: "c2",
        fromSequence: 2,
        toSequence: 3,
        createdAt: minute(2),
      },
    ]);
  });

  it("calls a rollback that also publishes a rollback", () => {
    const before = [...DRAFT, { commands: [commit()] }];
    const rollback = {
      type: "RollbackToVersion",
      payload: { version: 1 },
      facts: { document: snapshotAt(DRAFT, 3) },
    };
    const publish = { type: "PublishVersion", payload: { version: 1 } };
    const { auditRows } = plan([...before, { commands: [rollback, publish] }], baseAfter(before));
    expect(auditRows.map((row) => row.action)).toEqual(["ROLLBACK"]);
  });

  it.each([
    ["PUBLISH", { type: "PublishVersion", payload: { version: 1 } }],
    ["UPDATE", { type: "UnpublishVersion" }],
    ["ARCHIVE", { type: "ChangeStatus", payload: { status: "ARCHIVED" } }],
    ["UPDATE", { type: "ChangeStatus", payload: { status: "DRAFT" } }],
    [
      "ROLLBACK",
      {
        type: "RollbackToVersion",
        payload: { version: 1 },
        facts: { document: snapshotAt(DRAFT, 3) },
      },
    ],
    ["UPDATE", commit()],
  ] as const)("calls a batch %s that does %o", (action, command) => {
    const before = [...DRAFT, { commands: [commit()] }];
    expect(plan([...before, { commands: [node("z"), command] }], baseAfter(before)).auditRows).toMatchObject([
      { action },
    ]);
  });
});

describe("the pointers", () => {
  const published = [
    ...DRAFT,
    { commands: [commit()] },
    { commands: [{ type: "PublishVersion", payload: { version: 1 } }] },
  ];

  it("stay when nothing is sealed or published", () => {
    expect(plan([...published, { commands: [node("c")] }], baseAfter(published))).toMatchObject({
      latestVersion: 1,
      pointersMoved: false,
    });
  });

  it("name no active version after an unpublish", () => {
    expect(
      plan([...published, { commands: [{ type: "UnpublishVersion" }] }], baseAfter(published)),
    ).toMatchObject({
      latestVersion: 1,
      activeVersion: null,
      pointersMoved: true,
    });
  });
});

it("says at which command a replay ends", () => {
  const tail = buildTail(DRAFT);
  const unknown = { ...tail[2]!, type: "Scripts.Teleport" };
  expect(() => planMaterialization(START, [tail[0]!, tail[1]!, unknown], () => "id")).toThrow(
    expect.objectContaining({ name: "ReplayError", sequence: 3 }) as ReplayError,
  );
});
