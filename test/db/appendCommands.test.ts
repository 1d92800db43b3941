import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toDocument } from "../../src/scripts/document/document.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { openLogSessions, type LogSessions } from "../support/logSessions.ts";
import { append, appendRequest, projection, someHash } from "../support/rows.ts";
import { refusalOf } from "../support/sqlRefusal.ts";

let sessions: LogSessions;
let api: LogSessions["api"];
let owner: LogSessions["owner"];
let other: LogSessions["other"];
let readHead: LogSessions["readHead"];
let readLog: LogSessions["readLog"];
let readScript: LogSessions["readScript"];
let setMaterialized: LogSessions["setMaterialized"];
let hold: LogSessions["hold"];
let untilWaiting: LogSessions["untilWaiting"];

beforeEach(async () => {
  sessions = await openLogSessions();
  ({ api, other, owner, readHead, readLog, readScript, setMaterialized, hold, untilWaiting } = sessions);
});

afterEach(() => sessions.close());

const APPENDED = { kind: "appended", materializeDue: true };
const APPENDED_NOT_DUE = { kind: "appended", materializeDue: false };

describe("a create", () => {
  it("makes the script, its stream and its commands", async () => {
    const request = appendRequest({ scriptId: "s1", count: 2 });
    expect(await append(api, request)).toEqual([APPENDED]);
    expect(await readHead("s1")).toEqual({ headSequence: 2, chainHash: request.chainHash });
    expect((await readLog("s1")).map((row) => row.commandId)).toEqual(
      request.commands.map((row) => row.commandId),
    );
    const { createdAt, updatedAt, ...text } = request.script!;
    expect(await readScript("s1")).toEqual({
      ...text,
      createdAt: new Date(createdAt),
      updatedAt: new Date(updatedAt),
      activeVersionId: null,
      latestVersion: 0,
    });
  });

  it("stores every column of a command as it was given", async () => {
    const [command] = appendRequest({ scriptId: "s1" }).commands;
    const given = {
      ...command!,
      onBehalfOf: "u9",
      causationId: "c0",
      note: "why",
      facts: { document: toDocument(EMPTY_STATE) },
    };
    await append(api, appendRequest({ scriptId: "s1" }, { commands: [given], chainHash: given.chainHash }));
    const { rows } = await owner.query(`select * from scripts."ScriptCommand"`);
    expect(rows).toEqual([given]);
  });

  it("of a script that exists is a conflict with its head", async () => {
    await append(api, appendRequest({ scriptId: "s1", count: 3 }));
    expect(await append(api, appendRequest({ scriptId: "s1" }))).toEqual([
      { kind: "conflict", headSequence: 3 },
    ]);
  });

  it("of a script that exists is a conflict with its head, also while somebody holds it", async () => {
    await append(api, appendRequest({ scriptId: "s1", count: 3 }));
    await hold("s1");
    expect(await append(api, appendRequest({ scriptId: "s1" }))).toEqual([
      { kind: "conflict", headSequence: 3 },
    ]);
  });

  it("of a script that another session is just creating waits for it and is a conflict", async () => {
    await other.query("begin");
    await append(other, appendRequest({ scriptId: "s1", count: 2 }));
    const late = append(api, appendRequest({ scriptId: "s1" }));
    await untilWaiting(api);
    await other.query("commit");
    expect(await late).toEqual([{ kind: "conflict", headSequence: 2 }]);
  });

  it("with a slug of the same tenant is slug_taken and leaves nothing", async () => {
    await append(api, appendRequest({ scriptId: "s1" }));
    const taken = appendRequest({ scriptId: "s2" }, { script: projection({ id: "s2", slug: "slug-s1" }) });
    expect(await append(api, taken)).toEqual([{ kind: "slug_taken" }]);
    expect([await readScript("s2"), await readHead("s2"), await readLog("s2")]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  });

  it("with a slug of another tenant is fine", async () => {
    await append(api, appendRequest({ scriptId: "s1" }));
    const script = projection({ id: "s1", tenantId: "t2", slug: "slug-s1" });
    expect(await append(api, appendRequest({ scriptId: "s1", tenantId: "t2" }, { script }))).toEqual([
      APPENDED,
    ]);
  });
});

describe("an append", () => {
  beforeEach(async () => {
    await append(api, appendRequest({ scriptId: "s1", count: 2 }));
  });

  it("moves the head and says who touched the script last", async () => {
    const request = appendRequest({ scriptId: "s1", after: 2, count: 3 });
    expect(await append(api, request)).toEqual([APPENDED_NOT_DUE]);
    expect(await readHead("s1")).toEqual({ headSequence: 5, chainHash: request.chainHash });
    expect(await readScript("s1")).toMatchObject({
      name: "Script s1",
      updatedById: "u2",
      updatedAt: new Date(request.updatedAt),
      createdById: "u1",
    });
  });

  it("is due for materialization when nothing was", async () => {
    await setMaterialized("s1", 2);
    expect(await append(api, appendRequest({ scriptId: "s1", after: 2 }))).toEqual([APPENDED]);
    expect(await append(api, appendRequest({ scriptId: "s1", after: 3 }))).toEqual([APPENDED_NOT_DUE]);
  });

  it("behind or ahead of the head is a conflict with it", async () => {
    for (const after of [1, 3])
      expect(await append(api, appendRequest({ scriptId: "s1", after }))).toEqual([
        { kind: "conflict", headSequence: 2 },
      ]);
    expect(await readLog("s1")).toHaveLength(2);
  });

  it("on another history of the same length is a conflict", async () => {
    const { chainHash } = (await readHead("s1"))!;
    const on = (hash: string) =>
      append(api, appendRequest({ scriptId: "s1", after: 2 }, { expectedChainHash: hash }));
    expect(await on(someHash())).toEqual([{ kind: "conflict", headSequence: 2 }]);
    expect(await on(chainHash)).toEqual([APPENDED_NOT_DUE]);
  });

  it("to a script that does not exist, or is another tenant's, is a conflict with nothing", async () => {
    const none = [{ kind: "conflict", headSequence: null }];
    expect(await append(api, appendRequest({ scriptId: "s9", after: 2 }))).toEqual(none);
    expect(await append(api, appendRequest({ scriptId: "s1", tenantId: "t2", after: 2 }))).toEqual(none);
  });

  it("changes the details that are given, and only those of the listing", async () => {
    const script = projection({
      id: "s1",
      name: "New",
      status: "ARCHIVED",
      labels: ["a", "b"],
      createdById: "x",
    });
    expect(await append(api, appendRequest({ scriptId: "s1", after: 2 }, { script }))).toEqual([
      APPENDED_NOT_DUE,
    ]);
    expect(await readScript("s1")).toMatchObject({
      name: "New",
      slug: "slug-s1",
      status: "ARCHIVED",
      labels: ["a", "b"],
      createdById: "u1",
      updatedById: "u2",
    });
  });

  it("changes the slug, unless it is taken", async () => {
    await append(api, appendRequest({ scriptId: "s2" }));
    const rename = (slug: string, after: number) =>
      append(
        api,
        appendRequest({ scriptId: "s1", after }, { script: projection({ id: "s1", slug, name: "New" }) }),
      );
    expect(await rename("slug-s2", 2)).toEqual([{ kind: "slug_taken" }]);
    expect([await readScript("s1"), await readHead("s1")]).toMatchObject([
      { slug: "slug-s1", name: "Script s1" },
      { headSequence: 2 },
    ]);
    expect(await rename("free", 2)).toEqual([APPENDED_NOT_DUE]);
    expect(await readScript("s1")).toMatchObject({ slug: "free", name: "New" });
  });

  it("whose head is not where its commands end is an error and leaves nothing", async () => {
    const wrong = appendRequest({ scriptId: "s1", after: 2 }, { headSequence: 4 });
    expect((await refusalOf(append(api, wrong))).code).toBe("SC002");
    const hashless = appendRequest({ scriptId: "s1", after: 2 }, { chainHash: someHash() });
    expect((await refusalOf(append(api, hashless))).code).toBe("SC002");
    expect(await readHead("s1")).toMatchObject({ headSequence: 2 });
  });
});

describe("a commandId that is in the log", () => {
  beforeEach(async () => {
    await append(api, appendRequest({ scriptId: "s1", commandIds: ["a", "b"] }));
  });

  it("is a duplicate with the sequence it has", async () => {
    const again = appendRequest({ scriptId: "s1", after: 2, commandIds: ["c", "b"] });
    expect(await append(api, again)).toEqual([{ kind: "duplicate", commandId: "b", sequence: 2 }]);
    expect(await readLog("s1")).toHaveLength(2);
  });

  it("is a duplicate, named by its first sequence, also when the head has moved on", async () => {
    await append(api, appendRequest({ scriptId: "s1", after: 2 }));
    const again = appendRequest({ scriptId: "s1", after: 1, commandIds: ["b", "a"] });
    expect(await append(api, again)).toEqual([{ kind: "duplicate", commandId: "a", sequence: 1 }]);
  });

  it("is a duplicate of a repeated create", async () => {
    expect(await append(api, appendRequest({ scriptId: "s1", commandIds: ["a"] }))).toEqual([
      { kind: "duplicate", commandId: "a", sequence: 1 },
    ]);
  });

  it("is nobody's concern on another script", async () => {
    expect(await append(api, appendRequest({ scriptId: "s2", commandIds: ["a"] }))).toEqual([APPENDED]);
  });

  it("is found although its transaction committed while the append waited", async () => {
    await other.query("begin");
    await append(other, appendRequest({ scriptId: "s1", after: 2, commandIds: ["c"] }));
    const waiting = append(
      api,
      appendRequest({ scriptId: "s1", after: 3, commandIds: ["c"] }, { wait: true }),
    );
    await untilWaiting(api);
    await other.query("commit");
    expect(await waiting).toEqual([{ kind: "duplicate", commandId: "c", sequence: 3 }]);
  });
});
