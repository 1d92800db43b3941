import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(async () => {
  await app.stop();
});

describe("POST /scripts", () => {
  test("creates a script, and the same request again answers the same", async () => {
    const body = {
      id: "scr_create",
      name: "  Renewal call ",
      slug: "create",
      description: "For contracts that end soon.",
      labels: ["outbound"],
      intents: ["renewal"],
      languageCodes: ["en", "pt-BR"],
      embeddingKey: "emb_1",
      note: "first",
    };
    const first = await app.client.post("/scripts", body);
    expect(first.status).toBe(201);
    expect(first.headers.get("etag")).toBe('"1"');
    expect(first.headers.get("location")).toBe("/scripts/scr_create");
    expect(first.body).toMatchObject({
      id: "scr_create",
      name: "Renewal call",
      slug: "create",
      status: "DRAFT",
      activeVersionId: null,
      latestVersion: 0,
      languageCodes: ["en", "pt-BR"],
      createdById: "u1",
      headSequence: 1,
      materializeFailure: null,
      write: { commands: [{ command: "Scripts.CreateScript.v1", sequence: 1 }], alreadyApplied: false },
    });
    const second = await app.client.post("/scripts", body);
    expect(second.status).toBe(201);
    expect(second.body.write).toEqual({ ...first.body.write, alreadyApplied: true });
  });

  test("makes an id when none is given, and then a repeat meets its own slug", async () => {
    const body = { name: "No id", slug: "no-id" };
    const first = await app.client.post("/scripts", body);
    expect(first.status).toBe(201);
    expect(first.body.id).toMatch(/^[0-9a-f-]{36}$/);
    const second = await app.client.post("/scripts", body);
    expect([second.status, second.body.code, second.body.details]).toEqual([
      409,
      "slug_taken",
      { slug: "no-id" },
    ]);
  });

  test("refuses the same id for another script", async () => {
    await app.client.post("/scripts", { id: "scr_once", name: "One", slug: "once", commandId: "c1" });
    const other = await app.client.post("/scripts", {
      id: "scr_once",
      name: "Other",
      slug: "other",
      commandId: "c2",
    });
    expect([other.status, other.body.code, other.body.details]).toEqual([409, "script_exists", { head: 1 }]);
    const sameCommand = await app.client.post("/scripts", {
      id: "scr_once",
      name: "Other",
      slug: "other",
      commandId: "c1",
    });
    expect([sameCommand.status, sameCommand.body.code]).toEqual([409, "command_id_reused"]);
  });

  test("speaks of the id that is taken, not of a command id that nobody chose", async () => {
    await app.client.post("/scripts", { id: "scr_taken", name: "One", slug: "taken" });
    const other = await app.client.post("/scripts", { id: "scr_taken", name: "Other", slug: "not-taken" });
    expect([other.status, other.body.code, other.body.details]).toEqual([409, "script_exists", { head: 1 }]);
  });

  test("names every field that is wrong", async () => {
    const { status, body } = await app.client.post("/scripts", { name: " ", slug: "Not A Slug", extra: 1 });
    expect([status, body.code]).toEqual([422, "invalid_body"]);
    expect(body.details.fields.map((field: { path: string }) => field.path).toSorted()).toEqual([
      "/extra",
      "/name",
      "/slug",
    ]);
  });

  test("keeps the id that a fixed path needs", async () => {
    const { status, body } = await app.client.post("/scripts", { id: "validate", name: "V", slug: "v" });
    expect([status, body.code]).toEqual([422, "invalid_body"]);
  });

  test("lets two tenants have the same id and slug", async () => {
    const body = { id: "scr_twin", name: "Twin", slug: "twin" };
    const one = await app.client.post("/scripts", body);
    const two = await app.client.as({ "x-tenant-id": "t2" }).post("/scripts", body);
    expect([one.status, two.status]).toEqual([201, 201]);
  });
});

describe("GET /scripts", () => {
  test("goes through all scripts page by page, the newest first, whatever is added meanwhile", async () => {
    const client = app.client.as({ "x-tenant-id": "paging" });
    for (let n = 1; n <= 5; n++)
      await client.post("/scripts", { id: `s${n}`, name: `Script ${n}`, slug: `s${n}` });
    const seen: string[] = [];
    let cursor: string | null = "";
    for (let page = 0; cursor !== null; page++) {
      const answered = await client.get(`/scripts?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      expect(answered.status).toBe(200);
      seen.push(...answered.body.entries.map((entry: { id: string }) => entry.id));
      cursor = answered.body.nextCursor;
      if (page === 0) await client.post("/scripts", { id: "late", name: "Late", slug: "late" });
    }
    expect(seen).toEqual(["s5", "s4", "s3", "s2", "s1"]);
  });

  test("finds by part of name or slug, status and label, and takes % and _ at their word", async () => {
    const client = app.client.as({ "x-tenant-id": "search" });
    await client.post("/scripts", { id: "a", name: "100% Renewal", slug: "first", labels: ["x", "y"] });
    await client.post("/scripts", { id: "b", name: "Greeting", slug: "re-newal", labels: ["y"] });
    await client.patch("/scripts/b", { status: "ARCHIVED" });
    const ids = async (query: string): Promise<string[]> =>
      (await client.get(`/scripts?${query}`)).body.entries.map((entry: { id: string }) => entry.id);
    expect(await ids("q=NEWAL")).toEqual(["b", "a"]);
    expect(await ids("q=%25")).toEqual(["a"]);
    expect(await ids("q=_")).toEqual([]);
    expect(await ids("q=100%25+ren")).toEqual(["a"]);
    expect(await ids("status=ARCHIVED")).toEqual(["b"]);
    expect(await ids("label=x")).toEqual(["a"]);
    expect(await ids("label=y&status=DRAFT&q=ren")).toEqual(["a"]);
  });

  test.each([
    ["limit=0", "invalid_query"],
    ["limit=201", "invalid_query"],
    ["limit=1e2", "invalid_query"],
    ["status=draft", "invalid_query"],
    ["statsu=DRAFT", "invalid_query"],
    ["q=a&q=b", "invalid_query"],
    ["q=%00", "invalid_query"],
    ["q=%ED%A0%80", "invalid_query"],
    ["q=%zz", "invalid_query"],
    ["__proto__=x", "invalid_query"],
    ["cursor=garbage", "invalid_cursor"],
    ["cursor=WyJhdWRpdCIsMSwxXQ", "invalid_cursor"],
    [`cursor=${Buffer.from('["scripts",1,"a\\u0000b"]').toString("base64url")}`, "invalid_cursor"],
    [`cursor=${Buffer.from('["scripts",1e99,"a"]').toString("base64url")}`, "invalid_cursor"],
  ])("refuses ?%s", async (query, code) => {
    const { status, body } = await app.client.get(`/scripts?${query}`);
    expect([status, body.code]).toEqual([400, code]);
  });
});

describe("GET and PATCH /scripts/:id", () => {
  test("changes details, and the same request again answers the same", async () => {
    await app.client.post("/scripts", { id: "scr_patch", name: "Before", slug: "before", labels: ["a"] });
    const change = { name: "After", description: null, labels: [], commandId: "rename" };
    const first = await app.client.patch("/scripts/scr_patch", change);
    expect(first.status).toBe(200);
    expect(first.headers.get("etag")).toBe('"2"');
    expect(first.body).toMatchObject({ name: "After", slug: "before", labels: [], headSequence: 2 });
    const second = await app.client.patch("/scripts/scr_patch", change);
    expect(second.body.write).toEqual({ ...first.body.write, alreadyApplied: true });
    const read = await app.client.get("/scripts/scr_patch");
    expect(read.status).toBe(200);
    expect(read.headers.get("etag")).toBe('"2"');
    expect(read.body).toMatchObject({ name: "After", headSequence: 2, activeVersion: null });
  });

  test("archives and restores, together with an edit", async () => {
    await app.client.post("/scripts", { id: "scr_archive", name: "A", slug: "archive" });
    const archived = await app.client.patch("/scripts/scr_archive", { status: "ARCHIVED", name: "Old" });
    expect(archived.body).toMatchObject({ status: "ARCHIVED", name: "Old", headSequence: 3 });
    const edit = await app.client.patch("/scripts/scr_archive", { name: "New" });
    expect([edit.status, edit.body.details.refusals[0].code]).toEqual([422, "script_archived"]);
    const restored = await app.client.patch("/scripts/scr_archive", { status: "DRAFT", name: "New" });
    expect(restored.body).toMatchObject({ status: "DRAFT", name: "New", headSequence: 5 });
  });

  test("refuses an illegal change of status and says the way out", async () => {
    await app.client.post("/scripts", { id: "scr_status", name: "A", slug: "status" });
    for (const status of ["PUBLISHED", "DRAFT"]) {
      const { status: code, body } = await app.client.patch("/scripts/scr_status", { status });
      expect([code, body.code]).toEqual([422, "command_refused"]);
      expect(body.details).toMatchObject({
        head: 1,
        refusals: [{ index: 0, code: "illegal_status_change" }],
      });
    }
  });

  test("refuses a body without a change, and a slug that is taken", async () => {
    await app.client.post("/scripts", { id: "scr_slug", name: "A", slug: "slug-a" });
    await app.client.post("/scripts", { id: "scr_slug_b", name: "B", slug: "slug-b" });
    const empty = await app.client.patch("/scripts/scr_slug", { note: "nothing" });
    expect([empty.status, empty.body.code]).toEqual([422, "invalid_body"]);
    const taken = await app.client.patch("/scripts/scr_slug", { slug: "slug-b" });
    expect([taken.status, taken.body.code]).toEqual([409, "slug_taken"]);
  });

  test("does not show a script to another tenant, in any operation", async () => {
    await app.client.post("/scripts", { id: "scr_mine", name: "Mine", slug: "mine" });
    await app.client.post("/scripts/scr_mine/versions", { graphJson: { nodes: [], edges: [] } });
    const other = app.client.as({ "x-tenant-id": "t9" });
    const command = { command: "Scripts.UpdateDetails.v1", payload: { name: "Stolen" } };
    const answers = [
      await other.get("/scripts/scr_mine"),
      await other.patch("/scripts/scr_mine", { name: "Stolen" }),
      await other.get("/scripts/scr_mine/commands"),
      await other.post("/scripts/scr_mine/commands", { commands: [command] }),
      await other.get("/scripts/scr_mine/graph"),
      await other.get("/scripts/scr_mine/graph?at=1"),
      await other.post("/scripts/scr_mine/versions", { graphJson: { nodes: [], edges: [] } }),
      await other.get("/scripts/scr_mine/versions"),
      await other.get("/scripts/scr_mine/versions/1"),
      await other.get("/scripts/scr_mine/versions/1/diff/1"),
      await other.post("/scripts/scr_mine/commit"),
      await other.post("/scripts/scr_mine/versions/1/publish"),
      await other.post("/scripts/scr_mine/versions/1/unpublish"),
      await other.post("/scripts/scr_mine/rollback", { version: 1, publish: true }),
      await other.get("/scripts/scr_mine/audit"),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      answers.map(() => [404, "script_not_found"]),
    );
  });
});
