import { describe, expect, it } from "vitest";
import type { NamedSubmission } from "../../src/commands/submission.ts";
import { toAppendRequest } from "../../src/commands/toAppendRequest.ts";
import { chainHash, GENESIS_HASH } from "../../src/log/chainHash.ts";
import type { StreamTip } from "../../src/log/streamTip.ts";
import { decideBatch } from "../../src/scripts/decideBatch.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { REDUCER_VERSION } from "../../src/scripts/state.ts";

const EARLY = new Date("2026-01-01T00:00:00.000Z");
const LATE = new Date("2026-01-02T00:00:00.000Z");

// Of its own, not those of openWriter: that one opens databases.
const CREATE = { command: "Scripts.CreateScript.v1", payload: { name: "Call", slug: "call" } };
const ADD_NODE = {
  command: "Scripts.AddNode.v1",
  payload: { node: { id: "a", type: "message", position: { x: 0, y: 0 }, data: {} } },
};
const update = (x: number) => ({ command: "Scripts.UpdateNode.v1", payload: { nodeId: "a", data: { x } } });

const UNWRITTEN: StreamTip = {
  state: EMPTY_STATE,
  sequence: 0,
  chainHash: GENESIS_HASH,
  lastCreatedAt: LATE,
  createdById: "",
  createdAt: LATE,
};

function prepare(
  tip: StreamTip,
  commands: readonly { command: string; payload: unknown }[],
  now: Date,
  more: Partial<NamedSubmission> = {},
) {
  const named: NamedSubmission = {
    tenantId: "t1",
    scriptId: "s1",
    actor: { type: "USER", id: "ann" },
    role: "editor",
    correlationId: "c1",
    onConflict: "reject",
    dryRun: false,
    batchId: "b1",
    hasCallersIds: true,
    commands: commands.map((command, index) => ({ ...command, commandId: `k${tip.sequence + index + 1}` })),
    ...more,
  };
  const decided = decideBatch(tip, named.commands, { sealedDocument: () => undefined });
  if (decided.kind === "refused") throw new Error(JSON.stringify(decided.refusals));
  return { decided, ...toAppendRequest(tip, named, decided, now) };
}

const CREATED = prepare(UNWRITTEN, [CREATE, ADD_NODE], EARLY);

describe("the first batch of a script", () => {
  it("is of now, by its sender, and expects that there is nothing yet", () => {
    const { request, tip, decided } = CREATED;
    expect(tip).toEqual({
      state: decided.state,
      sequence: 2,
      chainHash: request.commands[1]!.chainHash,
      lastCreatedAt: EARLY,
      createdById: "ann",
      createdAt: EARLY,
    });
    expect(request).toEqual({
      tenantId: "t1",
      scriptId: "s1",
      traceparent: undefined,
      expectedSequence: 0,
      expectedChainHash: null,
      wait: false,
      headSequence: 2,
      chainHash: tip.chainHash,
      script: {
        tenantId: "t1",
        id: "s1",
        ...decided.state.details,
        status: "DRAFT",
        createdById: "ann",
        createdAt: EARLY.toISOString(),
        updatedById: "ann",
        updatedAt: EARLY.toISOString(),
      },
      updatedById: "ann",
      updatedAt: EARLY.toISOString(),
      commands: [expect.objectContaining({ sequence: 1 }), expect.objectContaining({ sequence: 2 })],
    });
  });
});

describe("a later batch", () => {
  const UPDATES = [update(1), update(2)];

  it("is chained to the tip it was decided on, row by row", () => {
    const { request, tip, decided } = prepare(CREATED.tip, UPDATES, LATE, {
      actor: { type: "AI_AGENT", id: "helper", onBehalfOf: "ann" },
      causationId: "why",
      note: "Tried",
      traceparent: "trace",
    });
    expect(request).toMatchObject({
      traceparent: "trace",
      expectedSequence: 2,
      expectedChainHash: CREATED.tip.chainHash,
      headSequence: 4,
      script: null,
      updatedById: "helper",
      updatedAt: LATE.toISOString(),
    });
    expect(tip).toMatchObject({ createdById: "ann", createdAt: EARLY, lastCreatedAt: LATE });
    let previous = CREATED.tip.chainHash;
    for (const [index, row] of request.commands.entries()) {
      const { sequence, type, typeVersion, payload, facts, patch, inversePatch } = decided.commands[index]!;
      expect(row).toEqual({
        tenantId: "t1",
        scriptId: "s1",
        sequence,
        id: expect.stringMatching(/^[0-9a-f-]{36}$/u) as string,
        commandId: `k${sequence}`,
        batchId: "b1",
        type,
        typeVersion,
        payload,
        facts,
        patch,
        inversePatch,
        actorType: "AI_AGENT",
        actorId: "helper",
        onBehalfOf: "ann",
        correlationId: "c1",
        causationId: "why",
        note: index === 0 ? "Tried" : null,
        reducerVersion: REDUCER_VERSION,
        chainHash: chainHash(previous, row),
        createdAt: LATE,
      });
      previous = row.chainHash;
    }
    expect(request.chainHash).toBe(previous);
  });

  it("says null of what nobody gave", () => {
    const { request } = prepare(CREATED.tip, UPDATES, LATE);
    expect(request.commands[0]).toMatchObject({ onBehalfOf: null, causationId: null, note: null });
  });

  it("is never earlier than the one before it, whatever its clock says", () => {
    const after = prepare(CREATED.tip, UPDATES, LATE).tip;
    const { request, tip } = prepare(after, [update(3)], EARLY);
    expect([request.commands[0]!.createdAt, tip.lastCreatedAt, request.updatedAt]).toEqual([
      LATE,
      LATE,
      LATE.toISOString(),
    ]);
  });

  it.each([
    ["details", { command: "Scripts.UpdateDetails.v1", payload: { name: "Other" } }, { name: "Other" }],
    [
      "status",
      { command: "Scripts.ChangeStatus.v1", payload: { status: "ARCHIVED" } },
      { status: "ARCHIVED" },
    ],
  ])("brings the listing along when it changes the %s", (_, command, change) => {
    const { request } = prepare(CREATED.tip, [command], LATE, { actor: { type: "USER", id: "bob" } });
    expect(request.script).toEqual({
      ...CREATED.request.script,
      ...change,
      updatedById: "bob",
      updatedAt: LATE.toISOString(),
    });
  });
});
