import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TestResponse } from "../support/httpClient.ts";
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

const at = (path: string) => `/scripts/${script}${path}`;
const post = (path: string, body?: unknown, headers = {}) => app.client.post(at(path), body, headers);
const get = (path: string) => app.client.get(at(path));

function graph(prompt: string, more: readonly string[] = []) {
  const ids = ["n_talk", ...more];
  return {
    nodes: [
      { id: "n_start", type: "start", position: { x: 0, y: 0 }, data: {} },
      ...ids.map((id, index) => ({
        id,
        type: "message",
        position: { x: 0, y: 100 * index },
        data: { prompt },
      })),
      { id: "n_end", type: "end", position: { x: 0, y: 900 }, data: {} },
    ],
    edges: ["n_start", ...ids].map((source, index) => ({
      id: `e_${source}`,
      source,
      target: [...ids, "n_end"][index],
    })),
    entryNodeId: "n_start",
  };
}

/** Sends a write twice under one command id and holds the answers against each other. */
async function twice(path: string, body: object): Promise<TestResponse> {
  const named = { ...body, commandId: `cmd-${Math.random()}` };
  const first = await post(path, named);
  const second = await post(path, named);
  expect(first.body.write?.alreadyApplied).toBe(false);
  expect([second.status, second.body]).toEqual([
    first.status,
    { ...first.body, write: { ...first.body.write, alreadyApplied: true } },
  ]);
  return first;
}

describe("POST /scripts/:id/versions", () => {
  test("makes a sealed version of a graph and answers with it", async () => {
    const variablesDef = [{ key: "customer_name", type: "string" }];
    const first = await twice("/versions", { graphJson: graph("Hello"), variablesDef, changelog: "First" });
    expect(first.status).toBe(201);
    expect(first.headers.get("etag")).toBe('"3"');
    expect(first.headers.get("location")).toBe(at("/versions/1"));
    expect(first.body).toMatchObject({
      scriptId: script,
      version: 1,
      changelog: "First",
      isPublished: false,
      createdById: "u1",
      fromSequence: 1,
      toSequence: 3,
      variablesDef: [{ key: "customer_name", type: "string", required: false }],
      graphJson: { schemaVersion: 1, entryNodeId: "n_start", viewport: { x: 0, y: 0, zoom: 1 } },
      write: { commands: [{ command: "Scripts.ReplaceGraph.v1" }, { command: "Scripts.CommitVersion.v1" }] },
    });
    const { write: _, ...version } = first.body;
    expect((await get("/versions/1")).body).toEqual(version);
    expect((await get("/graph")).body.graphHash).toBe(version.graphHash);
  });

  test("makes a version of an empty graph, and one that equals the last", async () => {
    const empty = { graphJson: { nodes: [], edges: [] } };
    expect((await twice("/versions", empty)).body.version).toBe(1);
    expect((await twice("/versions", empty)).body.version).toBe(2);
  });

  test("names the place in the graph that is wrong", async () => {
    const graphJson = { nodes: [], edges: [{ id: "e_1", source: "n_1", target: "n_2" }] };
    const { status, body } = await post("/versions", { graphJson });
    expect([status, body.code]).toEqual([422, "command_refused"]);
    expect(body.details.refusals[0]).toMatchObject({
      index: 0,
      code: "node_not_found",
      path: "/graphJson/edges/0/source",
    });
  });

  test("heeds the expected sequence like every write", async () => {
    const graphJson = { nodes: [], edges: [] };
    const body = await post("/versions", { graphJson, expectedSequence: 0 });
    expect([body.status, body.body.code]).toEqual([409, "sequence_conflict"]);
    const header = await post("/versions", { graphJson }, { "if-match": '"9"' });
    expect([header.status, header.body.code]).toEqual([412, "precondition_failed"]);
    expect((await post("/versions", { graphJson }, { "if-match": '"1"' })).status).toBe(201);
  });
});

describe("commit, publish, unpublish", () => {
  test("show in the next read", async () => {
    await post("/versions", { graphJson: graph("Hello") });
    const published = await twice("/versions/1/publish", { note: "go" });
    expect(published.status).toBe(200);
    expect(published.body).toMatchObject({ version: 1, isPublished: true });
    expect((await get("")).body).toMatchObject({
      status: "PUBLISHED",
      latestVersion: 1,
      activeVersionId: published.body.id,
      activeVersion: { version: 1, isPublished: true, graphJson: { entryNodeId: "n_start" } },
    });
    const prompt = { nodeId: "n_talk", data: { prompt: "Good morning" } };
    await post("/commands", { commands: [{ command: "Scripts.UpdateNode.v1", payload: prompt }] });
    const committed = await twice("/commit", { changelog: "Friendlier" });
    expect([committed.status, committed.body.version, committed.body.changelog]).toEqual([
      201,
      2,
      "Friendlier",
    ]);
    expect((await twice("/versions/2/publish", {})).body.isPublished).toBe(true);
    expect((await get("/versions/1")).body.isPublished).toBe(false);
    const unpublished = await twice("/versions/2/unpublish", {});
    expect([unpublished.status, unpublished.body.isPublished]).toEqual([200, false]);
    expect((await get("")).body).toMatchObject({
      status: "DRAFT",
      activeVersion: null,
      activeVersionId: null,
    });
  });

  test("take a request without a body", async () => {
    await post("/versions", { graphJson: graph("Hello") });
    expect((await post("/versions/1/publish")).status).toBe(200);
    expect((await post("/versions/1/unpublish")).status).toBe(200);
    const { status, body } = await post("/commit");
    expect([status, body.details.refusals[0].code]).toEqual([422, "nothing_to_commit"]);
  });

  test("say when the version is not there, and list what is wrong with one that has errors", async () => {
    const missing = await post("/versions/7/publish");
    expect([missing.status, missing.body.code]).toEqual([404, "version_not_found"]);
    // A node that nothing leads out of and no entry node.
    const nodes = [{ id: "n_1", type: "question", position: { x: 0, y: 0 }, data: {} }];
    await post("/versions", { graphJson: { nodes, edges: [] } });
    const bad = await post("/versions/1/publish");
    expect([bad.status, bad.body.code]).toEqual([422, "command_refused"]);
    expect(bad.body.details.refusals[0].code).toBe("version_not_publishable");
    expect(bad.body.details.refusals[0].details.findings.length).toBeGreaterThan(0);
    const notPublished = await post("/versions/1/unpublish");
    expect([notPublished.status, notPublished.body.details.refusals[0].code]).toEqual([
      422,
      "nothing_published",
    ]);
  });
});

describe("POST /scripts/:id/rollback", () => {
  beforeEach(async () => {
    await post("/versions", { graphJson: graph("One") });
    await post("/versions", { graphJson: graph("Two", ["n_more"]) });
  });

  test("makes the draft what a version was and erases nothing", async () => {
    const rolledBack = await twice("/rollback", { version: 1, note: "Two confused people" });
    expect(rolledBack.status).toBe(200);
    expect(rolledBack.headers.get("etag")).toBe('"6"');
    expect(rolledBack.body).toMatchObject({ rolledBackTo: 1, version: null });
    const [now, one] = [await get("/graph"), await get("/versions/1")];
    expect(now.body.graphJson).toEqual(one.body.graphJson);
    expect((await get("/versions")).body.entries).toHaveLength(2);
    const { body: audit } = await get("/audit");
    expect(audit.entries[0]).toMatchObject({
      action: "ROLLBACK",
      note: "Two confused people",
      toSequence: 6,
    });
  });

  test("seals and publishes the new version in the same batch when asked", async () => {
    const committed = await twice("/rollback", { version: 1, commit: true });
    expect(committed.body.version).toMatchObject({ version: 3, isPublished: false });
    const published = await twice("/rollback", { version: 2, publish: true });
    expect(published.body.version).toMatchObject({ version: 4, isPublished: true });
    expect(published.body.write.commands.map((one: { command: string }) => one.command)).toEqual([
      "Scripts.RollbackToVersion.v1",
      "Scripts.CommitVersion.v1",
      "Scripts.PublishVersion.v1",
    ]);
    expect((await get("")).body.activeVersion.version).toBe(4);
  });

  test("publishes the version it made itself when others seal versions at the same time", async () => {
    const edits = Array.from({ length: 8 }, (_, index) => [
      post("/rollback", { version: 1, publish: true, note: `rollback ${index}` }),
      post("/versions", { graphJson: graph(`Other ${index}`) }),
    ]).flat();
    const answers = await Promise.all(edits);
    // 409: overtaken five times in a row. It says so, and has written nothing.
    expect(answers.filter(({ status }) => ![200, 201, 409].includes(status))).toEqual([]);
    const rolledBack = answers.filter(({ status }) => status === 200);
    expect(rolledBack.map(({ body }) => body.version.graphJson.nodes[1].data.prompt)).toEqual(
      rolledBack.map(() => "One"),
    );
  });

  test("refuses a version that is not there, and with a stale sequence", async () => {
    for (const more of [{}, { publish: true }]) {
      const missing = await post("/rollback", { version: 9, ...more });
      expect([missing.status, missing.body.details.refusals[0].code]).toEqual([422, "version_not_found"]);
      const stale = await post("/rollback", { version: 1, ...more, expectedSequence: 2 });
      expect([stale.status, stale.body.code]).toEqual([409, "sequence_conflict"]);
      const header = await post("/rollback", { version: 1, ...more }, { "if-match": '"2"' });
      expect([header.status, header.body.code]).toEqual([412, "precondition_failed"]);
    }
  });
});

describe("reading versions and audit", () => {
  test("lists sealed versions, and the open one when asked", async () => {
    for (const prompt of ["One", "Two", "Three"]) await post("/versions", { graphJson: graph(prompt) });
    const retitle = { command: "Scripts.UpdateNode.v1", payload: { nodeId: "n_talk", data: { title: "x" } } };
    await post("/commands", { commands: [retitle] });
    await expect.poll(async () => (await get("")).body.materializedSequence).toBe(8);
    const versions = async (query: string) =>
      (await get(`/versions?${query}`)).body.entries.map((entry: { version: number }) => entry.version);
    expect(await versions("")).toEqual([3, 2, 1]);
    expect(await versions("draft=true")).toEqual([4, 3, 2, 1]);
    const page = await get("/versions?limit=2");
    expect(page.body.entries.map((entry: { version: number }) => entry.version)).toEqual([3, 2]);
    expect(await versions(`limit=2&cursor=${page.body.nextCursor}`)).toEqual([1]);
    const open = await get("/versions/4");
    expect([open.status, open.body.code]).toEqual([404, "version_not_found"]);
    expect((await get("/versions/4?draft=true")).body).toMatchObject({
      version: 4,
      sealedAt: null,
      toSequence: 8,
    });
    const badCursor = await get("/versions?cursor=x");
    expect([badCursor.status, badCursor.body.code]).toEqual([400, "invalid_cursor"]);
    const badNumber = await get("/versions/0");
    expect([badNumber.status, badNumber.body.code]).toEqual([400, "invalid_path"]);
  });

  test("compares two versions in either direction", async () => {
    await post("/versions", { graphJson: graph("One") });
    await post("/versions", { graphJson: graph("Two", ["n_more"]) });
    const forward = await get("/versions/1/diff/2");
    expect(forward.body).toMatchObject({ from: { version: 1 }, to: { version: 2, toSequence: 5 } });
    expect(forward.body.added).toEqual(["edges/e_n_more", "nodes/n_more"]);
    expect(forward.body.updated).toEqual(expect.arrayContaining(["edges/e_n_talk", "nodes/n_talk"]));
    expect(forward.body.patch).toEqual(
      expect.arrayContaining([{ op: "replace", path: "/nodes/n_talk/data/prompt", value: "Two" }]),
    );
    const back = await get("/versions/2/diff/1");
    expect(back.body.removed).toEqual(["edges/e_n_more", "nodes/n_more"]);
    expect((await get("/versions/1/diff/1")).body).toMatchObject({
      added: [],
      updated: [],
      removed: [],
      patch: [],
    });
    const missing = await get("/versions/1/diff/3");
    expect([missing.status, missing.body.code, missing.body.message]).toEqual([
      404,
      "version_not_found",
      expect.stringContaining("version 3"),
    ]);
  });

  test("goes through the audit trail, the newest first, one entry per batch", async () => {
    await post("/versions", { graphJson: graph("One"), note: "import" });
    await post("/versions/1/publish");
    const all = await get("/audit");
    expect(all.body.entries).toMatchObject([
      { action: "PUBLISH", version: 2, fromSequence: 4, toSequence: 4, actor: { type: "USER", id: "u1" } },
      { action: "UPDATE", version: 1, fromSequence: 2, toSequence: 3, note: "import" },
      { action: "CREATE", version: 1, fromSequence: 1, toSequence: 1, note: null },
    ]);
    const first = await get("/audit?limit=2");
    const second = await get(`/audit?limit=2&cursor=${first.body.nextCursor}`);
    expect([...first.body.entries, ...second.body.entries]).toEqual(all.body.entries);
    expect(second.body.nextCursor).toBeNull();
    const bad = await get("/audit?cursor=WyJzY3JpcHRzIl0");
    expect([bad.status, bad.body.code]).toEqual([400, "invalid_cursor"]);
  });
});

describe("without a worker", () => {
  test("versions are answered with 202 and where to look, and are there once the worker is", async () => {
    await expect.poll(async () => (await get("")).body.materializedSequence).toBe(1);
    await app.stopWorker();
    const created = await post("/versions", { graphJson: graph("Later") }, { prefer: "wait=0" });
    expect(created.status).toBe(202);
    expect(created.headers.get("preference-applied")).toBe("wait=0");
    expect(created.headers.get("location")).toBe(at("/versions/1"));
    expect(created.body).toMatchObject({ version: 1, location: at("/versions/1"), materializeFailure: null });
    expect((await get("/versions/1")).status).toBe(404);
    expect((await get("")).body).toMatchObject({
      headSequence: 3,
      materializedSequence: 1,
      latestVersion: 0,
    });
    expect((await get("/graph")).body.graphJson.nodes).toHaveLength(3);
    const pending = [
      await post("/versions/1/publish", {}, { prefer: "respond-async" }),
      await post("/rollback", { version: 1 }, { prefer: "wait=0" }),
      await post("/rollback", { version: 1, publish: true }, { prefer: 'handling=lenient, wait="0"' }),
      await post("/versions/2/unpublish", {}, { prefer: "wait=0" }),
    ];
    expect(pending.map(({ status, body }) => [status, body.version, body.location])).toEqual([
      [202, 1, at("/versions/1")],
      [202, null, at("")],
      [202, 2, at("/versions/2")],
      [202, 2, at("/versions/2")],
    ]);
    const waiting = post("/versions", { graphJson: graph("Even later") }, { prefer: "wait=20" });
    await app.startWorker();
    const waited = await waiting;
    expect([waited.status, waited.headers.get("preference-applied"), waited.body.version]).toEqual([
      201,
      "wait=20",
      3,
    ]);
    expect((await get("/versions/1")).body.graphJson.nodes).toHaveLength(3);
    expect((await get("")).body).toMatchObject({ latestVersion: 3, status: "DRAFT", activeVersionId: null });
  });
});

describe("POST /scripts/validate", () => {
  const validate = async (body: unknown) => (await app.client.post("/scripts/validate", body)).body;

  test("says whether a graph can be stored and published", async () => {
    expect(await validate({ graphJson: graph("Hello") })).toMatchObject({ valid: true, problems: [] });
    const dangling = { nodes: [], edges: [{ id: "e_1", source: "a", target: "b" }] };
    expect(await validate({ graphJson: dangling })).toMatchObject({
      valid: false,
      problems: [{ code: "node_not_found", path: "/graphJson/edges/0/source" }, {}],
      findings: [],
    });
    const shape = await validate({ graphJson: { nodes: 1 }, variablesDef: {} });
    expect(shape.problems.map((problem: { path: string }) => problem.path)).toEqual(
      expect.arrayContaining(["/graphJson/nodes", "/variablesDef"]),
    );
    const open = { ...graph("Hello"), edges: [] };
    const unfinished = await validate({ graphJson: open });
    expect([unfinished.problems, unfinished.findings.length > 0]).toEqual([[], true]);
  });

  test("stores nothing", async () => {
    const client = app.client.as({ "x-tenant-id": "nobody" });
    expect((await client.post("/scripts/validate", { graphJson: graph("Hello") })).status).toBe(200);
    expect((await client.get("/scripts")).body.entries).toEqual([]);
  });
});
