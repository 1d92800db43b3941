import { afterEach, beforeEach, expect, it } from "vitest";
import { openLogSessions, type LogSessions } from "../support/logSessions.ts";
import { append, appendRequest, logRow, projection } from "../support/rows.ts";

let sessions: LogSessions;
beforeEach(async () => {
  sessions = await openLogSessions();
});
afterEach(() => sessions.close());

interface Row {
  readonly id: string;
  readonly type: string;
  readonly scriptId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly payload: { readonly success: boolean; readonly payload: Record<string, unknown> };
  readonly occurredAt: Date;
  readonly isStamped: boolean;
}

async function readEvents(): Promise<Row[]> {
  const { rows } = await sessions.owner.query<Row>(
    `select id, type, "scriptId", "correlationId", "causationId", payload, "occurredAt", "isStamped"
     from scripts."DomainEvent" order by ordinal`,
  );
  return rows;
}

it("a batch that is appended leaves an event of all its commands", async () => {
  await append(sessions.api, appendRequest({ scriptId: "s1", count: 2 }));
  const request = appendRequest({ scriptId: "s1", after: 2, commandIds: ["x", "y"] });
  const commands = request.commands.map((command) => ({
    ...command,
    batchId: "b7",
    correlationId: "call-7",
    actorType: "AI_AGENT" as const,
    actorId: "helper",
    onBehalfOf: "u1",
  }));
  await append(sessions.api, { ...request, commands });
  const events = await readEvents();
  expect(events.at(-1)).toEqual({
    id: "b7",
    type: "Scripts.CommandsAppended.v1",
    scriptId: "s1",
    correlationId: "call-7",
    causationId: "x",
    payload: {
      success: true,
      payload: {
        scriptId: "s1",
        batchId: "b7",
        fromSequence: 3,
        toSequence: 4,
        headSequence: 4,
        commands: [
          { commandId: "x", command: "Scripts.UpdateNode.v1", sequence: 3 },
          { commandId: "y", command: "Scripts.UpdateNode.v1", sequence: 4 },
        ],
        actor: { type: "AI_AGENT", id: "helper" },
        onBehalfOf: "u1",
      },
    },
    occurredAt: new Date("2026-01-02T03:04:05.678Z"),
    isStamped: false,
  });
});

it("creating, archiving and restoring a script are events of their own, after that of the batch", async () => {
  const of = (type: string, sequence: number, payload: { [key: string]: string } = {}) =>
    logRow({ scriptId: "s1", sequence, type, payload, commandId: `k${sequence}`, onBehalfOf: "u9" });
  const create = appendRequest({ scriptId: "s1" });
  const commands = [of("Scripts.CreateScript", 1)];
  await append(sessions.api, { ...create, chainHash: commands[0]!.chainHash, commands });
  const archive = appendRequest({ scriptId: "s1", after: 1, count: 2 });
  const changes = [
    of("Scripts.ChangeStatus", 2, { status: "ARCHIVED" }),
    of("Scripts.ChangeStatus", 3, { status: "DRAFT" }),
  ];
  await append(sessions.api, {
    ...archive,
    script: projection({ id: "s1", status: "DRAFT" }),
    chainHash: changes[1]!.chainHash,
    commands: changes,
  });
  const about = { scriptId: "s1", name: "Script s1", slug: "slug-s1", status: "DRAFT" };
  const who = { actor: { type: "USER", id: "u1" }, onBehalfOf: "u9" };
  expect(
    (await readEvents()).map(({ type, causationId, payload }) => [type, causationId, payload.payload]),
  ).toEqual([
    ["Scripts.CommandsAppended.v1", "k1", expect.objectContaining({ fromSequence: 1, toSequence: 1 })],
    ["Scripts.ScriptCreated.v1", "k1", { ...about, sequence: 1, ...who }],
    ["Scripts.CommandsAppended.v1", "k2", expect.objectContaining({ fromSequence: 2, toSequence: 3 })],
    ["Scripts.ScriptArchived.v1", "k2", { ...about, sequence: 2, ...who }],
    ["Scripts.ScriptRestored.v1", "k3", { ...about, sequence: 3, ...who }],
  ]);
});

it("what is refused, repeated or rolled back leaves no event", async () => {
  const first = appendRequest({ scriptId: "s1", commandIds: ["x"] });
  await append(sessions.api, first);
  const before = await readEvents();
  await append(
    sessions.api,
    appendRequest({ scriptId: "s1", after: 9 }),
    appendRequest({ scriptId: "s1", after: 1, commandIds: ["x"] }),
    appendRequest({ scriptId: "s2" }, { script: projection({ id: "s2", slug: "slug-s1" }) }),
  );
  await sessions.api.query("begin");
  await append(sessions.api, appendRequest({ scriptId: "s1", after: 1 }));
  await sessions.api.query("rollback");
  expect([before.length, await readEvents()]).toEqual([1, before]);
});

it("the events of one call stand in the order of its submissions", async () => {
  const scripts = Array.from({ length: 40 }, (_, index) => `s${(index * 17) % 40}`);
  await append(sessions.api, ...scripts.map((scriptId) => appendRequest({ scriptId })));
  await append(
    sessions.api,
    ...scripts.flatMap((scriptId) => [
      appendRequest({ scriptId, after: 1 }),
      appendRequest({ scriptId, after: 2 }),
    ]),
  );
  const appended = (await readEvents()).map(({ scriptId, payload }) => [
    scriptId,
    payload.payload["toSequence"],
  ]);
  expect(appended).toEqual([
    ...scripts.map((scriptId) => [scriptId, 1]),
    ...scripts.flatMap((scriptId) => [
      [scriptId, 2],
      [scriptId, 3],
    ]),
  ]);
});
