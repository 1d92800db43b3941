import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reverse } from "../../migrations-backfill/core/reverse.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { freeze, moveAll, openCompatApp, serveFrom } from "../backfill/support/compatApp.ts";
import { openMove, type TestMove } from "../backfill/support/openMove.ts";
import type { HttpClient, TestResponse } from "../support/httpClient.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

let move: TestMove;
/** One that looked at the switch before the freeze. */
let early: TestApp;
let script: { readonly id: string; readonly tenantId: string; readonly key: string };
/** A walk through the script's version on the legacy side. */
let walkBefore: unknown[];
/** A run that was begun before the move and goes on after it. */
let halfway: string;
let halfwayNext: unknown;

const DEPRECATION = {
  deprecation: "@1795219200",
  sunset: "Wed, 30 Jun 2027 00:00:00 GMT",
};

function expectDeprecated({ headers }: TestResponse, successor: string): void {
  expect(Object.fromEntries(Object.keys(DEPRECATION).map((name) => [name, headers.get(name)]))).toEqual(
    DEPRECATION,
  );
  expect(headers.get("link")).toBe(
    `<${successor}>; rel="successor-version", </docs>; rel="deprecation"; type="text/html"`,
  );
}

const clientOf = (app: TestApp): HttpClient => app.client.as({ "x-tenant-id": script.tenantId });

async function ok(sent: Promise<TestResponse>): Promise<TestResponse["body"]> {
  const answered = await sent;
  if (answered.status >= 300) throw new Error(JSON.stringify(answered.body));
  return answered.body;
}

/** Ids and times of a run, which are never the same twice, replaced. */
function anonymous(value: unknown, runId: string): unknown {
  const text = JSON.stringify(value)
    .replaceAll(runId, "run")
    .replaceAll(/"20[23]\d-[^"]+Z"/gu, '"time"');
  return JSON.parse(text);
}

/** Starts a run, answers what asks, and advances it to its end. */
async function walk(client: HttpClient, key: string): Promise<unknown[]> {
  const started = await ok(
    client.post(`/guidance/scripts/${key}/run`, { subjectId: "7", vars: { age: 18 } }),
  );
  const runId = started.run.id as string;
  const steps = [anonymous(started, runId)];
  for (let step = 0; step < 30; step++) {
    const moved = await ok(client.post(`/guidance/runs/${runId}/advance`));
    steps.push(anonymous(moved, runId));
    if (moved.completed) return steps;
    if (!["QUESTION", "CHOICE"].includes(moved.node?.type)) continue;
    const value = moved.node.type === "CHOICE" ? "yes" : "Ada";
    const given = { nodeKey: moved.node.key, value };
    const { id, ...answer } = await ok(client.post(`/guidance/runs/${runId}/answer`, given));
    expect(id).toEqual(expect.any(String));
    steps.push(anonymous(answer, runId));
  }
  throw new Error("It has no end.");
}

beforeAll(async () => {
  move = await openMove({ data: { scripts: 6, trapsEach: 0, nodes: 12, versions: 4 } });
  early = await openCompatApp(move);
  const { rows } = await move.owner.query<typeof script>(
    `select script."id", script."tenantId", script."key" from guidance."Script" as script
     where (select count(*) from guidance."ScriptVersion" where "scriptId" = script."id") > 1 order by "id" limit 1`,
  );
  script = rows[0]!;
}, 60_000);

afterAll(async () => {
  await early?.stop();
  await move?.stop();
});

describe("where there never was legacy guidance", () => {
  it("every route says so, and what there is instead", async () => {
    const fresh = await startApp({ worker: false });
    const { client } = fresh;
    for (const [sent, successor] of [
      [client.get("/guidance/scripts/call"), "/scripts"],
      [client.post("/guidance/scripts/call/run", {}), "/runs"],
      [client.post("/guidance/runs/a%20b/answer", { nodeKey: "n", value: 1 }), "/runs/a%20b/answer"],
      [client.post("/guidance/runs/r1/advance"), "/runs/r1/advance"],
      [client.post("/guidance/scripts/s1/publish", {}), "/scripts/s1/versions"],
    ] as const) {
      const answered = await sent;
      expect([answered.status, answered.body.code]).toEqual([404, "guidance_not_here"]);
      expectDeprecated(answered, successor);
    }
    await fresh.stop();
  });
});

describe("the legacy side, before the freeze", () => {
  it("answers a script by its key", async () => {
    const answered = await clientOf(early).get(`/guidance/scripts/${script.key}`);
    expect(answered.status).toBe(200);
    expectDeprecated(answered, "/scripts");
    expect(answered.body).toMatchObject({ ...script, version: { scriptId: script.id, status: "ACTIVE" } });
    expect(answered.body.version.nodes[0].type).toBe("START");
  });

  it("says what it cannot do, with the headers of its end", async () => {
    const client = clientOf(early);
    const refusals = [
      [client.get("/guidance/scripts/none"), 404, "script_not_found"],
      [
        early.client.as({ "x-tenant-id": "another" }).get(`/guidance/scripts/${script.key}`),
        404,
        "script_not_found",
      ],
      [
        client.get(`/guidance/scripts/${script.key}`, { authorization: undefined }),
        401,
        "authorization_missing",
      ],
      [client.get("/guidance/scripts/%00"), 400, "invalid_path"],
      [client.as({ "x-role": "viewer" }).post("/guidance/runs/r1/advance"), 403, "role_insufficient"],
      [
        client.as({ "x-role": "editor" }).post(`/guidance/scripts/${script.id}/publish`, {}),
        403,
        "role_insufficient",
      ],
      [client.post("/guidance/runs/none/advance"), 404, "run_not_found"],
      [client.post("/guidance/runs/none/answer", { nodeKey: "" }), 422, "invalid_body"],
      [client.post(`/guidance/scripts/${script.id}/publish`, { version: 77 }), 404, "version_not_found"],
      [client.post(`/guidance/scripts/${script.key}/run`, { vars: { age: "old" } }), 422, "run_refused"],
      [client.post(`/guidance/scripts/${script.key}`, {}), 405, "method_not_allowed"],
    ] as const;
    for (const [sent, status, code] of refusals) {
      const answered = await sent;
      expect([answered.status, answered.body.code]).toEqual([status, code]);
      expect(answered.headers.get("deprecation")).toBe(DEPRECATION.deprecation);
      expect(answered.headers.get("link")).toContain('rel="successor-version"');
    }
  });

  it("walks a run to its end in the legacy tables, and sends the commands of its actions", async () => {
    walkBefore = await walk(clientOf(early), script.key);
    expect(walkBefore.at(-1)).toMatchObject({ completed: true, node: { type: "END" } });
    const dispatched = walkBefore.flatMap((step) => (step as { dispatched?: unknown }).dispatched ?? []);
    expect(dispatched.length).toBeGreaterThan(0);
    const sent = await early.prisma.commandOutbox.findMany({ where: { tenantId: script.tenantId } });
    expect(sent.map(({ command }) => command)).toEqual(dispatched.map(() => "crm.note"));
    const { rows } = await move.owner.query(
      `select count(*)::int as runs from guidance."ScriptRun" where "subjectId" = '7' and "completedAt" is not null`,
    );
    expect(rows).toEqual([{ runs: 1 }]);
  });

  it("takes a repeated request once, and nothing after the end", async () => {
    const client = clientOf(early);
    const key = { "idempotency-key": "start-1" };
    const first = await ok(client.post(`/guidance/scripts/${script.key}/run`, {}, key));
    const again = await ok(client.post(`/guidance/scripts/${script.key}/run`, {}, key));
    expect(again).toEqual(first);
    halfway = first.run.id;
    const answer = { nodeKey: "never-was", value: { any: "thing" } };
    const once = await ok(
      client.post(`/guidance/runs/${halfway}/answer`, answer, { "idempotency-key": "a-1" }),
    );
    const twice = await ok(
      client.post(`/guidance/runs/${halfway}/answer`, answer, { "idempotency-key": "a-1" }),
    );
    expect(twice).toEqual(once);
    const ended = walkBefore.at(-1) as { completed: boolean };
    expect(ended.completed).toBe(true);
    const { rows } = await move.owner.query<{ id: string }>(
      `select "id" from guidance."ScriptRun" where "subjectId" = '7' and "completedAt" is not null`,
    );
    for (const sent of [
      client.post(`/guidance/runs/${rows[0]!.id}/advance`),
      client.post(`/guidance/runs/${rows[0]!.id}/answer`, answer),
    ])
      expect(await sent).toMatchObject({ status: 409, body: { code: "run_finished" } });
    const foreign = early.client.as({ "x-tenant-id": "another" }).post(`/guidance/runs/${halfway}/advance`);
    expect(await foreign).toMatchObject({ status: 404, body: { code: "run_not_found" } });
  });

  it("lets no tenant at a run whose script is another's, whatever its row says", async () => {
    await move.owner.query(
      `insert into guidance."ScriptRun" ("id", "tenantId", "scriptId", "scriptVersion") values ('stolen', 'another', $1, 1)`,
      [script.id],
    );
    for (const tenant of ["another", script.tenantId]) {
      const sent = early.client.as({ "x-tenant-id": tenant }).post("/guidance/runs/stolen/advance");
      expect(await sent).toMatchObject({ status: 404, body: { code: "run_not_found" } });
    }
    await move.owner.query(`delete from guidance."ScriptRun" where "id" = 'stolen'`);
  });

  it("publishes another version", async () => {
    const client = clientOf(early);
    const before = await ok(client.get(`/guidance/scripts/${script.key}`));
    const version = before.version.version === 1 ? 2 : 1;
    const published = await ok(client.post(`/guidance/scripts/${script.id}/publish`, { version }));
    expect(published).toMatchObject({ version, status: "ACTIVE", publishedAt: expect.any(String) });
    const after = await ok(client.get(`/guidance/scripts/${script.key}`));
    expect(after.version).toMatchObject(published);
    await ok(client.post(`/guidance/scripts/${script.id}/publish`, { version: before.version.version }));
    const run = clientOf(early).post(`/guidance/runs/${halfway}/advance`);
    halfwayNext = await ok(run);
  });
});

describe("between the freeze and the cutover of writes", () => {
  it("reads go on and writes are told to come back, also by a process that has not heard of it", async () => {
    const unaware = await openCompatApp(move);
    // It looks at the switch, and goes by what it saw for 2 s.
    await ok(clientOf(unaware).get(`/guidance/scripts/${script.key}`));
    await freeze(move);
    const first = await clientOf(unaware).post(`/guidance/scripts/${script.key}/run`, {});
    expect([first.status, first.body.code]).toEqual([503, "guidance_frozen"]);
    await unaware.stop();
    const app = await openCompatApp(move);
    for (const one of [early, app]) {
      const client = clientOf(one);
      expect((await client.get(`/guidance/scripts/${script.key}`)).status).toBe(200);
      for (const sent of [
        client.post(`/guidance/scripts/${script.key}/run`, {}),
        client.post(`/guidance/runs/${halfway}/answer`, { nodeKey: "n", value: 1 }),
        client.post(`/guidance/runs/${halfway}/advance`),
        client.post(`/guidance/scripts/${script.id}/publish`, {}),
      ]) {
        const answered = await sent;
        expect([answered.status, answered.body.code, answered.headers.get("retry-after")]).toEqual([
          503,
          "guidance_frozen",
          "30",
        ]);
        expect(answered.headers.get("sunset")).toBe(DEPRECATION.sunset);
      }
    }
    await app.stop();
  });
});

describe("the canonical side, after the cutover", () => {
  let app: TestApp;

  beforeAll(async () => {
    await moveAll(move);
    await serveFrom(move, { reads: "CANONICAL" });
    app = await openCompatApp(move);
  }, 60_000);
  afterAll(async () => {
    await app?.stop();
  });

  it("answers a script by its key, and none of another tenant", async () => {
    const answered = await clientOf(app).get(`/guidance/scripts/${script.key}`);
    expect(answered.body).toMatchObject({ ...script, version: { scriptId: script.id, status: "ACTIVE" } });
    expectDeprecated(answered, "/scripts");
    const foreign = app.client.as({ "x-tenant-id": "another" }).get(`/guidance/scripts/${script.key}`);
    expect(await foreign).toMatchObject({ status: 404, body: { code: "script_not_found" } });
  });

  it("walks a run the same way as the legacy side did, and sends the same commands", async () => {
    expect(await walk(clientOf(app), script.key)).toEqual(walkBefore);
    const sent = await app.prisma.commandOutbox.findMany({
      where: { tenantId: script.tenantId, runId: { not: null } },
    });
    expect(sent.length).toBeGreaterThan(0);
  });

  it("goes on with a run that was begun before the move", async () => {
    const client = clientOf(app);
    const next = await ok(
      client.post(`/guidance/runs/${halfway}/advance`, undefined, { "idempotency-key": "n" }),
    );
    const again = await ok(
      client.post(`/guidance/runs/${halfway}/advance`, undefined, { "idempotency-key": "n" }),
    );
    expect(again).toEqual(next);
    const before = halfwayNext as typeof next;
    expect(next.run).toMatchObject({
      ...before.run,
      state: { cursor: next.node.key, vars: before.run.state.vars },
    });
    expect(next.node.orderIndex).toBe(before.node.orderIndex + 1);
    const foreign = app.client.as({ "x-tenant-id": "another" }).post(`/guidance/runs/${halfway}/advance`);
    expect(await foreign).toMatchObject({ status: 404, body: { code: "run_not_found" } });
  });

  it("publishes by the command that it is now", async () => {
    const client = clientOf(app);
    const before = await ok(client.get(`/guidance/scripts/${script.key}`));
    const version = before.version.version === 1 ? 2 : 1;
    const published = await ok(client.post(`/guidance/scripts/${script.id}/publish`, { version }));
    expect(published).toMatchObject({ scriptId: script.id, version, status: "ACTIVE" });
    const after = await ok(client.get(`/guidance/scripts/${script.key}`));
    expect(after.version).toMatchObject(published);
    const missing = client.post(`/guidance/scripts/${script.id}/publish`, { version: 77 });
    expect(await missing).toMatchObject({ status: 404, body: { code: "version_not_found" } });
  });

  it("answers scripts that were made since by their slug", async () => {
    const { client } = app;
    const graphJson = {
      nodes: [
        { id: "a", type: "start", position: { x: 0, y: 0 }, data: {} },
        { id: "z", type: "end", position: { x: 9, y: 0 }, data: {} },
      ],
      edges: [{ id: "a-z", source: "a", target: "z" }],
      entryNodeId: "a",
    };
    await ok(client.post("/scripts", { id: "scr_new", name: "New", slug: "new-one" }));
    await ok(client.post("/scripts/scr_new/versions", { graphJson, variablesDef: [] }));
    expect(await client.get("/guidance/scripts/new-one")).toMatchObject({ status: 404 });
    await ok(client.post("/scripts/scr_new/versions/1/publish", {}));
    const answered = await ok(client.get("/guidance/scripts/new-one"));
    expect(answered).toMatchObject({
      id: "scr_new",
      tenantId: "t1",
      key: "new-one",
      version: { version: 1 },
    });
    expect(await walk(client, "new-one")).toHaveLength(2);
  });

  it("goes on once the legacy tables are gone", async () => {
    await move.owner.query("alter schema guidance rename to gone");
    const later = await openCompatApp(move);
    const answered = await clientOf(later).get(`/guidance/scripts/${script.key}`);
    expect(answered).toMatchObject({ status: 200, body: script });
    expect(await walk(clientOf(later), script.key)).not.toEqual([]);
    await later.stop();
    await move.owner.query("alter schema gone rename to guidance");
  });
});

describe("the legacy side, after a reverse", () => {
  it("answers and takes writes as before the move", async () => {
    const order = await reverse(move.deps, guidance, { acceptLoss: true });
    expect(order).toMatchObject({ kind: "done", phase: "EXPAND" });
    const app = await openCompatApp(move);
    expect(await walk(clientOf(app), script.key)).toEqual(walkBefore);
    const next = await ok(clientOf(app).post(`/guidance/runs/${halfway}/advance`));
    expect(next.node.orderIndex).toBe((halfwayNext as typeof next).node.orderIndex + 1);
    await app.stop();
  });
});
