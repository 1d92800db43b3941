import { describe, expect, it } from "vitest";
import type { TailCommand } from "../../src/materializer/materialization.ts";
import { planEvents } from "../../src/materializer/planEvents.ts";
import { toVersionEvents } from "../../src/materializer/toVersionEvents.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";

function command(name: string, payload: TailCommand["payload"] = {}): TailCommand {
  return {
    sequence: 9,
    type: `Scripts.${name}`,
    typeVersion: 1,
    payload,
    facts: {},
    commandId: "k9",
    batchId: "b9",
    actorType: "USER",
    actorId: "ann",
    onBehalfOf: null,
    correlationId: "c9",
    note: null,
    patch: [],
    createdAt: new Date("2026-01-02T03:04:05.678Z"),
  };
}

const publish = (version: number) => command("PublishVersion", { version });

/** What becomes known of a tail, when versions up to `latest` are sealed before it and `active` is published. */
function plan(tail: readonly TailCommand[], { active = null as number | null, latest = 0 } = {}) {
  const state = { ...EMPTY_STATE, activeVersion: active, latestVersion: latest };
  return planEvents({ state }, tail).map(({ type, version, more }) => [type, version, more]);
}

describe("the events of a tail", () => {
  it("number what is sealed on from what was sealed before, with its changelog if it has one", () => {
    expect(
      plan([command("CommitVersion", { changelog: "Short" }), command("CommitVersion")], { latest: 4 }),
    ).toEqual([
      ["Scripts.VersionSealed.v1", 5, { changelog: "Short" }],
      ["Scripts.VersionSealed.v1", 6, { changelog: null }],
    ]);
  });

  it("say which version a published one replaces, if there is one", () => {
    expect(plan([publish(2), publish(1)], { latest: 2 })).toEqual([
      ["Scripts.VersionPublished.v1", 2, { replacedVersion: null }],
      ["Scripts.VersionPublished.v1", 1, { replacedVersion: 2 }],
    ]);
    expect(plan([publish(2)], { active: 1, latest: 2 })).toEqual([
      ["Scripts.VersionPublished.v1", 2, { replacedVersion: 1 }],
    ]);
  });

  it("say which version is taken back, and nothing when none is published", () => {
    const back = command("UnpublishVersion");
    expect(plan([back, back, publish(2)], { active: 1, latest: 2 })).toEqual([
      ["Scripts.VersionUnpublished.v1", 1, {}],
      ["Scripts.VersionPublished.v1", 2, { replacedVersion: null }],
    ]);
  });

  it("say to which version a draft went back, and leave other edits out", () => {
    const tail = [command("AddNode"), command("RollbackToVersion", { version: 3 }), command("ChangeStatus")];
    expect(plan(tail, { latest: 3 })).toEqual([["Scripts.RolledBack.v1", 3, {}]]);
  });
});

describe("an event as it is written", () => {
  const events = (more: Partial<TailCommand>) =>
    toVersionEvents(
      { tenantId: "t1", scriptId: "s1" },
      planEvents({ state: EMPTY_STATE }, [{ ...command("CommitVersion"), ...more }]),
    );

  it("names the script, the version, the command that did it, and whoever sent that", () => {
    const event = {
      tenantId: "t1",
      scriptId: "s1",
      type: "Scripts.VersionSealed.v1",
      correlationId: "c9",
      causationId: "k9",
      payload: {
        scriptId: "s1",
        version: 1,
        versionId: "s1-v1",
        sequence: 9,
        changelog: null,
        actor: { type: "USER", id: "ann" },
      },
      occurredAt: new Date("2026-01-02T03:04:05.678Z"),
    };
    expect(events({})).toStrictEqual([event]);
    expect(events({ actorType: "AI_AGENT", actorId: "helper", onBehalfOf: "ann" })).toStrictEqual([
      {
        ...event,
        payload: { ...event.payload, actor: { type: "AI_AGENT", id: "helper" }, onBehalfOf: "ann" },
      },
    ]);
  });
});
