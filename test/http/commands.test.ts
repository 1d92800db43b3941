import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;
let count = 0;
let script = "";
beforeAll(async () => {
  app = await startApp();
});
afterAll(async () => {
  await app.stop();
});
beforeEach(async () => {
  script = `scr_${++count}`;
  await app.client.post("/scripts", { id: script, name: "Script", slug: `slug-${count}` });
});

function addNode(id: string, commandId?: string) {
  const node = { id, type: "message", position: { x: 0, y: 0 }, data: { prompt: `Say ${id}` } };
  return { ...(commandId ? { commandId } : {}), command: "Scripts.AddNode.v1", payload: { node } };
}

function retitle(nodeId: string, title: string) {
  return { command: "Scripts.UpdateNode.v1", payload: { nodeId, data: { title } } };
}

const post = (body: unknown, headers = {}) => app.client.post(`/scripts/${script}/commands`, body, headers);

describe("POST /scripts/:id/commands", () => {
  test("appends a batch and tells what it changed; the same batch again answers the same", async () => {
    const batch = {
      commands: [addNode("n_1", "c1"), addNode("n_2", "c2")],
      expectedSequence: 1,
      note: "two",
    };
    const first = await post(batch);
    expect(first.status).toBe(201);
    expect(first.headers.get("etag")).toBe('"3"');
    expect(first.body).toMatchObject({
      scriptId: script,
      commands: [
        { commandId: "c1", command: "Scripts.AddNode.v1", sequence: 2 },
        { commandId: "c2", command: "Scripts.AddNode.v1", sequence: 3 },
      ],
      headSequence: 3,
      diff: { added: ["nodes/n_1", "nodes/n_2"], updated: [], removed: [] },
      rebased: false,
      alreadyApplied: false,
      dryRun: false,
    });
    const second = await post(batch);
    expect(second.status).toBe(201);
    expect(second.body).toEqual({ ...first.body, alreadyApplied: true });
  });

  test("refuses one command id for two commands of a batch, and appends neither", async () => {
    const { status, body } = await post({ commands: [addNode("n_1", "c1"), addNode("n_2", "c1")] });
    expect([status, body.code, body.details.refusals]).toMatchObject([
      422,
      "command_refused",
      [{ index: 1, code: "duplicate_command_id" }],
    ]);
    expect((await app.client.get(`/scripts/${script}`)).body.headSequence).toBe(1);
  });

  test("refuses a command id that stands for something else", async () => {
    await post({ commands: [addNode("n_1", "c1")] });
    const { status, body } = await post({ commands: [addNode("n_2", "c1")] });
    expect([status, body.code, body.details]).toEqual([
      409,
      "command_id_reused",
      { index: 0, commandId: "c1", sequence: 2 },
    ]);
  });

  test("takes all commands of a batch or none, and names the one that is refused", async () => {
    const { status, body, headers } = await post({ commands: [addNode("n_1"), retitle("n_9", "x")] });
    expect([status, body.code, headers.get("etag")]).toEqual([422, "command_refused", '"1"']);
    expect(body.details).toMatchObject({
      head: 1,
      refusals: [{ index: 1, code: "node_not_found", path: "/nodeId" }],
    });
    expect((await app.client.get(`/scripts/${script}/graph`)).body).toMatchObject({
      sequence: 1,
      graphJson: { nodes: [] },
    });
  });

  test("answers a stale expectedSequence in the body with 409 and what was missed", async () => {
    await post({ commands: [addNode("n_1", "c1")] });
    const { status, body, headers } = await post({ commands: [addNode("n_2")], expectedSequence: 1 });
    expect([status, body.code, headers.get("etag")]).toEqual([409, "sequence_conflict", '"2"']);
    expect(body.details).toMatchObject({
      head: 2,
      expectedSequence: 1,
      missed: [{ sequence: 2, commandId: "c1", command: "Scripts.AddNode.v1", touched: ["nodes/n_1"] }],
      touched: ["nodes/n_1"],
      overlap: [],
      refusals: [],
    });
  });

  test("answers a stale If-Match with 412 and the same, and a fresh one with the write", async () => {
    await post({ commands: [addNode("n_1")] });
    const stale = await post({ commands: [addNode("n_2")] }, { "if-match": '"1"' });
    expect([stale.status, stale.body.code, stale.headers.get("etag")]).toEqual([
      412,
      "precondition_failed",
      '"2"',
    ]);
    expect(stale.body.details).toMatchObject({ head: 2, missed: [{ sequence: 2 }], touched: ["nodes/n_1"] });
    const ahead = await post({ commands: [addNode("n_2")] }, { "if-match": '"7"' });
    expect([ahead.status, ahead.body.details.missed]).toEqual([412, []]);
    const fresh = await post({ commands: [addNode("n_2")] }, { "if-match": stale.headers.get("etag")! });
    expect([fresh.status, fresh.body.headSequence]).toEqual([201, 3]);
    const any = await post({ commands: [addNode("n_3")] }, { "if-match": "*" });
    expect(any.status).toBe(201);
  });

  test("refuses an If-Match that is no sequence or contradicts the body", async () => {
    for (const ifMatch of ["2", 'W/"2"', '"2", "3"', '"-1"', '"x"']) {
      const { status, body } = await post({ commands: [addNode("n_1")] }, { "if-match": ifMatch });
      expect([ifMatch, status, body.code]).toEqual([ifMatch, 400, "invalid_header"]);
    }
    const { status, body } = await post(
      { commands: [addNode("n_1")], expectedSequence: 2 },
      { "if-match": '"1"' },
    );
    expect([status, body.code]).toEqual([400, "invalid_header"]);
  });

  test("rebases when both sides touched different things, and names the overlap when they did not", async () => {
    await post({ commands: [addNode("n_1"), addNode("n_2")] });
    await post({ commands: [retitle("n_1", "Theirs")] });
    const apart = { commands: [retitle("n_2", "Mine")], expectedSequence: 3, onConflict: "rebase" };
    const accepted = await post(apart);
    expect([accepted.status, accepted.body.rebased, accepted.body.headSequence]).toEqual([201, true, 5]);
    const same = { commands: [retitle("n_1", "Mine")], expectedSequence: 3, onConflict: "rebase" };
    const refused = await post(same);
    expect([refused.status, refused.body.details.overlap]).toEqual([409, ["nodes/n_1"]]);
    const asHeader = await post({ commands: same.commands, onConflict: "rebase" }, { "if-match": '"3"' });
    expect([asHeader.status, asHeader.body.details.overlap]).toEqual([412, ["nodes/n_1"]]);
  });

  test("answers a dry run as if, and writes nothing", async () => {
    const { status, body, headers } = await post({ commands: [addNode("n_1")], dryRun: true });
    expect([status, body.dryRun, body.headSequence, headers.get("etag")]).toEqual([201, true, 2, '"2"']);
    expect((await app.client.get(`/scripts/${script}`)).body.headSequence).toBe(1);
  });

  test("takes whose behalf it is from the body as well, and notes it with correlation and causation", async () => {
    const client = app.client.as({
      "x-actor-id": "agent_1",
      "x-actor-type": "AI_AGENT",
      "correlation-id": "corr-1",
    });
    const actor = { id: "agent_1", type: "AI_AGENT", onBehalfOf: "u1" };
    const path = `/scripts/${script}/commands`;
    const { status, headers } = await client.post(path, {
      commands: [addNode("n_1")],
      actor,
      causationId: "evt_1",
      note: "why",
    });
    expect([status, headers.get("correlation-id")]).toEqual([201, "corr-1"]);
    const { body } = await client.get(`${path}?after=1`);
    expect(body.commands[0]).toMatchObject({
      actor,
      correlationId: "corr-1",
      causationId: "evt_1",
      note: "why",
    });
  });

  test.each([
    ["no commands", { commands: [] }, "/commands"],
    ["too many commands", { commands: Array.from({ length: 501 }, () => addNode("n")) }, "/commands"],
    ["no payload", { commands: [{ command: "Scripts.AddNode.v1" }] }, "/commands/0/payload"],
    ["an unknown member", { commands: [addNode("n")], dryrun: true }, "/dryrun"],
    ["a bad command id", { commands: [addNode("n", "a b")] }, "/commands/0/commandId"],
    ["a negative sequence", { commands: [addNode("n")], expectedSequence: -1 }, "/expectedSequence"],
    ["a list", [], ""],
    ["a text", "x", ""],
    ["null", null, ""],
  ])("names the field of an envelope with %s", async (_, body, path) => {
    const answered = await post(body);
    expect([answered.status, answered.body.code]).toEqual([422, "invalid_body"]);
    expect(answered.body.details.fields[0].path).toBe(path);
  });

  test("creates a script by a batch that begins with the command for it", async () => {
    const create = { command: "Scripts.CreateScript.v1", payload: { name: "By batch", slug: "by-batch" } };
    const path = "/scripts/scr_by_batch/commands";
    const { status, body } = await app.client.post(path, { commands: [create, addNode("n_1")] });
    expect([status, body.headSequence]).toEqual([201, 2]);
    const again = await app.client.post(path, { commands: [create] });
    expect([again.status, again.body.code]).toEqual([409, "script_exists"]);
  });

  test("refuses an unknown command with near names", async () => {
    const { status, body } = await post({ commands: [{ command: "Scripts.AddNod.v1", payload: {} }] });
    expect([status, body.details.refusals[0].code]).toEqual([422, "unknown_command"]);
    expect(body.details.refusals[0].details.near).toContain("Scripts.AddNode.v1");
  });
});

describe("GET /scripts/:id/commands", () => {
  test("reads the log page by page", async () => {
    await post({ commands: [addNode("n_1"), addNode("n_2"), addNode("n_3")] });
    const read = (query: string) => app.client.get(`/scripts/${script}/commands${query}`);
    const first = await read("?limit=2");
    expect(first.headers.get("etag")).toBe('"4"');
    expect(first.body).toMatchObject({
      headSequence: 4,
      commands: [
        { sequence: 1, command: "Scripts.CreateScript.v1" },
        {
          sequence: 2,
          command: "Scripts.AddNode.v1",
          inversePatch: [{ op: "remove", path: "/nodes/n_1" }, {}],
        },
      ],
      nextAfter: 2,
    });
    const second = await read("?after=2&limit=2");
    expect([second.body.commands.length, second.body.nextAfter]).toEqual([2, null]);
    const end = await read("?after=4");
    expect([end.body.commands, end.body.nextAfter]).toEqual([[], null]);
    for (const bad of ["?after=-1", "?after=x", "?limit=1001"]) {
      const { status, body } = await read(bad);
      expect([bad, status, body.code]).toEqual([bad, 400, "invalid_query"]);
    }
  });
});

describe("GET /scripts/:id/graph", () => {
  const read = (query = "", headers = {}) => app.client.get(`/scripts/${script}/graph${query}`, headers);

  test("reads the document as it is and as it was, by sequence and by time", async () => {
    await post({ commands: [addNode("n_1")] });
    const { body: log } = await app.client.get(`/scripts/${script}/commands`);
    await post({ commands: [retitle("n_1", "Later")] });
    const now = await read();
    expect(now.headers.get("etag")).toBe('"3"');
    expect(now.body).toMatchObject({
      scriptId: script,
      sequence: 3,
      headSequence: 3,
      details: { name: "Script" },
      status: "DRAFT",
      draftChanged: true,
      graphJson: { schemaVersion: 1, nodes: [{ id: "n_1", data: { title: "Later" } }] },
    });
    const before = await read("?at=2");
    expect(before.headers.get("etag")).toBe('"2"');
    expect(before.body.graphJson.nodes[0].data).toEqual({ prompt: "Say n_1" });
    const createdAt: string = log.commands[1].createdAt;
    const atTime = await read(`?at=${createdAt}`);
    expect(atTime.body.graphJson).toEqual((await read(`?at=${atTime.body.sequence}`)).body.graphJson);
    const offset = await read(`?at=${encodeURIComponent("2999-01-01T00:00:00+02:00")}`);
    expect(offset.body.graphHash).toBe(now.body.graphHash);
  });

  test("answers 304 to who has it already", async () => {
    const { headers } = await read();
    const etag = headers.get("etag")!;
    for (const ifNoneMatch of [etag, `W/${etag}`, `"0", ${etag}`, "*"]) {
      const { status, headers } = await read("", { "if-none-match": ifNoneMatch });
      expect([ifNoneMatch, status, headers.get("etag")]).toEqual([ifNoneMatch, 304, etag]);
    }
    await post({ commands: [addNode("n_1")] });
    expect((await read("", { "if-none-match": etag })).status).toBe(200);
  });

  test("says when the script was not there at that point", async () => {
    for (const at of ["2", "2147483647", "1999-01-01T00:00:00Z"]) {
      const { status, body } = await read(`?at=${at}`);
      expect([at, status, body.code, body.details]).toEqual([at, 404, "sequence_not_found", { head: 1 }]);
    }
    for (const at of ["0", "-1", "yesterday", "2026-01-01", "2026-01-01T00:00:00", "9999999999999"]) {
      const { status, body } = await read(`?at=${at}`);
      expect([at, status, body.code]).toEqual([at, 400, "invalid_query"]);
    }
  });
});
