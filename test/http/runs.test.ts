import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { callGraph, callVariables } from "../runner/support/callGraph.ts";
import type { TestResponse } from "../support/httpClient.ts";
import { insertRow } from "../support/rows.ts";
import { connect } from "../support/sqlRefusal.ts";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;

// scr_call: version 1 is published, 2 is sealed, 3 is the draft. scr_draft: never sealed. scr_empty: no nodes.
beforeAll(async () => {
  app = await startApp({ env: { RUN_SWEEP_INTERVAL_SECONDS: "0.1" } });
  await createScript("scr_call");
  await seal("scr_call", callGraph);
  await ok(app.client.post("/scripts/scr_call/versions/1/publish", {}));
  const nodes = callGraph.nodes.map((node) =>
    node.id === "n_end" ? { ...node, data: { ...node.data, outcome: "FAILED" } } : node,
  );
  await seal("scr_call", { ...callGraph, nodes });
  await edit("scr_call", "Scripts.UpdateNode.v1", { nodeId: "n_type", data: { prompt: "And now?" } });
  await createScript("scr_draft");
  await createScript("scr_empty");
  await seal("scr_empty", { nodes: [], edges: [] });
  await ok(app.client.post("/scripts/scr_empty/versions/1/publish", {}));
}, 60_000);
afterAll(async () => {
  await app.stop();
});

async function ok(sent: Promise<TestResponse>): Promise<TestResponse> {
  const answered = await sent;
  if (answered.status >= 300) throw new Error(JSON.stringify(answered.body));
  return answered;
}

const createScript = (id: string) =>
  ok(app.client.post("/scripts", { id, name: id, slug: id.replace("_", "-") }));

async function seal(script: string, graphJson: object): Promise<void> {
  await ok(app.client.post(`/scripts/${script}/versions`, { graphJson, variablesDef: callVariables }));
}

async function edit(script: string, command: string, payload: object): Promise<void> {
  const sent = app.client.post(`/scripts/${script}/commands`, { commands: [{ command, payload }] });
  const { headSequence } = (await ok(sent)).body as { headSequence: number };
  await vi.waitFor(
    async () => {
      const { body } = await app.client.get(`/scripts/${script}`);
      expect(body.materializedSequence).toBeGreaterThanOrEqual(headSequence);
    },
    { timeout: 20_000 },
  );
}

async function start(more: object = {}): Promise<string> {
  const { body } = await ok(app.client.post("/runs", { scriptId: "scr_call", ...more }));
  return (body as { runId: string }).runId;
}

const move = (runId: string, verb: string, body?: unknown, headers = {}) =>
  app.client.post(`/runs/${runId}/${verb}`, body, headers);

const said = ({ status, body }: TestResponse) => [
  status,
  body.code,
  ...((body.details?.refusals ?? []) as { code: string; path: string }[]).map(
    ({ code, path }) => `${code} ${path}`,
  ),
];

/** Sends a request twice under one Idempotency-Key and holds the answers against each other. */
async function twice(runId: string, verb: string, body?: unknown): Promise<TestResponse> {
  const key = { "idempotency-key": newId() };
  const first = await move(runId, verb, body, key);
  const second = await move(runId, verb, body, key);
  expect([second.status, second.body]).toEqual([first.status, first.body]);
  return first;
}

const variablesOf = (body: { variables: Record<string, unknown>[] }) =>
  Object.fromEntries(
    body.variables.map(({ key, strVal, numVal, boolVal, jsonVal }) => [
      key,
      strVal ?? numVal ?? boolVal ?? jsonVal,
    ]),
  );

describe("POST /runs", () => {
  test("starts a run on the active version, with the defaults and what was given", async () => {
    const { status, body, headers } = await app.client.post(
      "/runs",
      {
        tenantId: "t1",
        scriptId: "scr_call",
        connectorType: "phone",
        connectorKey: "line-4",
        subject: { schema: "crm", model: "Contract", id: "c_1" },
        variables: { damage: 12.5, details: { seats: [1, 2] } },
      },
      { "correlation-id": "call-1" },
    );
    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/runs/${body.runId}`);
    expect(body).toMatchObject({
      scriptId: "scr_call",
      version: 1,
      status: "RUNNING",
      startedById: "u1",
      connectorType: "phone",
      connectorKey: "line-4",
      subject: { schema: "crm", model: "Contract", id: "c_1" },
      correlationId: "call-1",
      currentNodeId: "n_start",
      waitingFor: null,
      endedAt: null,
      prompt: null,
    });
    expect(variablesOf(body)).toEqual({ damage: 12.5, details: { seats: [1, 2] }, name: "caller" });
    expect((await app.client.get(`/runs/${body.runId}`)).body).toEqual(body);
  });

  test("starts a run on the sealed version that is named, for whom it is said", async () => {
    const { body } = await app.client.post("/runs", {
      scriptId: "scr_call",
      version: 2,
      startedById: "u_other",
    });
    expect([body.version, body.startedById, body.subject]).toEqual([2, "u_other", null]);
  });

  test("starts one run however often the same request is sent, also at once", async () => {
    const key = { "idempotency-key": newId() };
    const send = () => app.client.post("/runs", { scriptId: "scr_call" }, key);
    const answers = await Promise.all([send(), send(), send(), send()]);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.runId}`)).size).toBe(1);
    const { body } = await app.client.get(`/runs?scriptId=scr_call&limit=200`);
    const ids = (body.entries as { runId: string }[]).map(({ runId }) => runId);
    expect(ids.filter((id) => id === answers[0]?.body.runId)).toHaveLength(1);
  });

  test("keeps its version when another one is published", async () => {
    const runId = await start();
    await ok(app.client.post("/scripts/scr_call/versions/2/publish", {}));
    expect((await app.client.get(`/runs/${runId}`)).body.version).toBe(1);
    await ok(app.client.post("/scripts/scr_call/versions/1/publish", {}));
  });

  test.each([
    ["a script that is not there", { scriptId: "scr_none" }, [404, "script_not_found"]],
    ["a version that is not there", { version: 9 }, [404, "version_not_found"]],
    ["the draft", { version: 3 }, [409, "version_not_sealed"]],
    ["a script without an active version", { scriptId: "scr_draft" }, [409, "no_active_version"]],
    ["another tenant in the body", { tenantId: "t2" }, [403, "tenant_mismatch"]],
    [
      "values that do not fit, of which all are named",
      { variables: { damage: "much", zip: 1, name: " " } },
      [
        422,
        "run_refused",
        "variable_type_mismatch /variables/damage",
        "variable_not_declared /variables/zip",
        "variable_required /variables/name",
      ],
    ],
    ["a member that it does not know", { status: "RUNNING" }, [422, "invalid_body"]],
    ["version 0", { version: 0 }, [422, "invalid_body"]],
    ["a subject without an id", { subject: { schema: "a", model: "b" } }, [422, "invalid_body"]],
  ])("refuses %s", async (_, more, expected) => {
    const sent = await app.client.post("/runs", { scriptId: "scr_call", ...more });
    expect(said(sent)).toEqual(expected);
  });

  test("refuses an archived script, and goes on with the runs that it has", async () => {
    await createScript("scr_old");
    await seal("scr_old", callGraph);
    const runId = await start({ scriptId: "scr_old", version: 1 });
    await ok(app.client.patch("/scripts/scr_old", { status: "ARCHIVED" }));
    const sent = await app.client.post("/runs", { scriptId: "scr_old", version: 1 });
    expect(said(sent)).toEqual([409, "script_archived"]);
    expect((await move(runId, "advance")).status).toBe(200);
  });

  test("is for editors", async () => {
    for (const role of ["viewer", "agent"])
      expect(said(await app.client.as({ "x-role": role }).post("/runs", { scriptId: "scr_call" }))).toEqual([
        403,
        "role_insufficient",
      ]);
  });
});

describe("a run of a version without nodes", () => {
  test("takes variables and is finished, but walks nowhere", async () => {
    const runId = await start({ scriptId: "scr_empty" });
    expect((await move(runId, "vars", [{ key: "insured", boolVal: true }])).status).toBe(200);
    expect(said(await move(runId, "advance"))).toEqual([422, "run_refused", "entry_missing "]);
    const { body } = await move(runId, "finish", { status: "SUCCEEDED" });
    expect([body.status, body.currentNodeId, variablesOf(body)]).toEqual([
      "SUCCEEDED",
      null,
      { insured: true, name: "caller" },
    ]);
  });
});

describe("a call", () => {
  test("is walked by answers and conditions to its end, each request sent twice", async () => {
    const runId = await start({ variables: { name: "Ada" } });
    const asked = await twice(runId, "advance");
    expect(asked.body).toMatchObject({
      currentNodeId: "n_type",
      waitingFor: { kind: "answer", nodeId: "n_type" },
      prompt: {
        nodeId: "n_type",
        prompt: "What happened, Ada?",
        options: [{ id: "collision" }, { id: "theft" }],
      },
    });
    expect(asked.body.prompts).toEqual([asked.body.prompt]);
    const answered = await twice(runId, "answer", { nodeId: "n_type", value: "collision" });
    expect([answered.body.waitingFor, answered.body.prompt, variablesOf(answered.body)]).toEqual([
      null,
      null,
      { incident: "collision", name: "Ada" },
    ]);
    await twice(runId, "advance");
    await twice(runId, "answer", { nodeId: "n_damage", value: 40 });
    const { body } = await twice(runId, "advance");
    expect(body).toMatchObject({
      status: "SUCCEEDED",
      outcome: "registered",
      currentNodeId: "n_end",
      waitingFor: null,
      failure: null,
    });
    expect(body.endedAt).toBe(body.updatedAt);
    expect(
      (body.log as { nodeId: string; event: string }[]).map((step) => [step.nodeId, step.event]),
    ).toEqual([
      ["n_damage", "moved"],
      ["n_route", "moved"],
      ["n_note", "moved"],
      ["n_end", "ended"],
    ]);
  });

  test("waits at an action whose completion it needs", async () => {
    const runId = await start({ variables: { damage: 5_000 } });
    await move(runId, "advance");
    await move(runId, "answer", { nodeId: "n_type", value: "theft" });
    await move(runId, "advance");
    await move(runId, "answer", { nodeId: "n_damage", value: 5_000 });
    const { body } = await move(runId, "advance");
    expect(body.waitingFor).toEqual({
      kind: "action",
      nodeId: "n_lookup",
      correlationId: body.correlationId,
      dispatch: 1,
    });
    expect(Date.parse(body.actionDueAt) - Date.parse(body.updatedAt)).toBe(60_000);
    expect(said(await move(runId, "advance"))).toEqual([422, "run_refused", "waiting_for_action "]);
    expect(said(await move(runId, "answer", { nodeId: "n_lookup", value: 1 }))).toEqual([
      422,
      "run_refused",
      "not_waiting_for_answer /nodeId",
    ]);
  });

  test("walks on by itself when its action comes back", async () => {
    const session = await connect(app.database.ownerUrl);
    await insertRow(session, "TenantSettings", {
      tenantId: "t1",
      jitterMin: 0,
      jitterMax: 1,
      updatedAt: new Date().toISOString(),
    });
    await session.end();
    const runId = await start({ variables: { policy: "none" } });
    await move(runId, "advance");
    await move(runId, "answer", { nodeId: "n_type", value: "theft" });
    await move(runId, "advance");
    await move(runId, "answer", { nodeId: "n_damage", value: 5_000 });
    expect((await move(runId, "advance")).body.waitingFor.kind).toBe("action");
    await vi.waitFor(
      async () => expect((await app.client.get(`/runs/${runId}`)).body.status).toBe("SUCCEEDED"),
      { timeout: 20_000 },
    );
    const { body } = await app.client.get(`/runs/${runId}/trace`);
    expect(
      (body.entries as { entry: { kind: string; event?: string } }[])
        .slice(-3)
        .map(({ entry }) => entry.event ?? entry.kind),
    ).toEqual(["action_completed", "moved", "ended"]);
  });

  test("fails when its action takes longer than it may", async () => {
    const session = await connect(app.database.ownerUrl);
    const slow = { tenantId: "t3", jitterMin: 600_000, jitterMax: 600_000 };
    await insertRow(session, "TenantSettings", { ...slow, updatedAt: new Date().toISOString() });
    await session.end();
    const client = app.client.as({ "x-tenant-id": "t3" });
    await ok(client.post("/scripts", { id: "scr_slow", name: "Slow", slug: "slow" }));
    const lookup = { command: "x", waitForCompletion: true, timeoutMs: 1 };
    const graphJson = {
      nodes: [{ id: "n_wait", type: "action", position: { x: 0, y: 0 }, data: lookup }],
      edges: [],
      entryNodeId: "n_wait",
    };
    await ok(client.post("/scripts/scr_slow/versions", { graphJson }));
    const { body } = await ok(client.post("/runs", { scriptId: "scr_slow", version: 1 }));
    const { runId } = body as { runId: string };
    await ok(client.post(`/runs/${runId}/advance`));
    await vi.waitFor(
      async () =>
        expect((await client.get(`/runs/${runId}`)).body).toMatchObject({
          status: "FAILED",
          failure: { code: "action_failed", nodeId: "n_wait" },
        }),
      { timeout: 20_000 },
    );
  });

  test("explains each step: what was tried, with which values", async () => {
    const runId = await start({ variables: { name: "Ada" } });
    await move(runId, "advance");
    await move(runId, "answer", { nodeId: "n_type", value: "theft" });
    await move(runId, "advance");
    await move(runId, "answer", { nodeId: "n_damage", value: 40 });
    await move(runId, "advance");
    const entries: { ordinal: number; actorId: string; entry: { kind: string; nodeId: string } }[] = [];
    let cursor = "";
    do {
      const { body } = await app.client.get(`/runs/${runId}/trace?limit=2${cursor}`);
      expect(body.entries.length).toBeLessThanOrEqual(2);
      entries.push(...body.entries);
      cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`;
    } while (cursor !== "");
    expect(entries.map(({ ordinal }) => ordinal)).toEqual(entries.map((_, index) => index + 1));
    expect(entries[0]).toMatchObject({
      actorId: "u1",
      entry: { kind: "started", nodeId: "n_start", variables: { name: "Ada" } },
    });
    expect(entries.find(({ entry }) => entry.nodeId === "n_route")?.entry).toMatchObject({
      kind: "step",
      event: "moved",
      edgeId: "n_route-n_note",
      tried: [
        { what: "edge", id: "n_route-n_lookup", verdict: "fails", values: { damage: 40 } },
        { what: "edge", id: "n_route-n_note", verdict: "holds", path: null },
      ],
    });
  });
});

describe("POST /runs/:id/answer", () => {
  test.each([
    ["an option that is not there", { nodeId: "n_type", value: "flood" }, "option_not_found /value"],
    ["a node that does not ask now", { nodeId: "n_damage", value: 1 }, "node_not_current /nodeId"],
    ["a node that is not there", { nodeId: "n_gone", value: 1 }, "node_not_found /nodeId"],
  ])("refuses %s and names the way out", async (_, body, reason) => {
    const runId = await start();
    await move(runId, "advance");
    const before = (await app.client.get(`/runs/${runId}`)).body;
    const sent = await move(runId, "answer", body);
    expect(said(sent)).toEqual([422, "run_refused", reason]);
    expect(sent.body.message).toMatch(
      /Choose one of "collision", "theft"|waits for the answer of node "n_type"/,
    );
    expect((await app.client.get(`/runs/${runId}`)).body).toEqual(before);
  });

  test("refuses a value of another type than the variable that it fills", async () => {
    const runId = await start();
    await move(runId, "advance");
    await move(runId, "answer", { nodeId: "n_type", value: "theft" });
    await move(runId, "advance");
    expect(said(await move(runId, "answer", { nodeId: "n_damage", value: "a lot" }))).toEqual([
      422,
      "run_refused",
      "variable_type_mismatch /value",
    ]);
  });

  test("refuses an answer before the first advance, and a body without a value", async () => {
    const runId = await start();
    expect(said(await move(runId, "answer", { nodeId: "n_type", value: "theft" }))).toEqual([
      422,
      "run_refused",
      "not_waiting_for_answer /nodeId",
    ]);
    expect(said(await move(runId, "answer", { nodeId: "n_type" }))).toEqual([422, "invalid_body"]);
  });
});

describe("POST /runs/:id/vars", () => {
  test("sets by key, over what there was, and takes away", async () => {
    const runId = await start({ variables: { details: [1], damage: 3 } });
    const { body } = await twice(runId, "vars", [
      { key: "name", strVal: "Grace" },
      { key: "damage", numVal: 0, strVal: null },
      { key: "insured", boolVal: false },
      { key: "incident", strVal: "theft" },
      { key: "details", jsonVal: null },
    ]);
    expect(variablesOf(body)).toEqual({ name: "Grace", damage: 0, insured: false, incident: "theft" });
    expect(variablesOf((await move(runId, "vars", [{ key: "details", jsonVal: { a: null } }])).body)).toEqual(
      {
        name: "Grace",
        damage: 0,
        insured: false,
        incident: "theft",
        details: { a: null },
      },
    );
    expect((await app.client.get(`/runs/${runId}`)).body.currentNodeId).toBe("n_start");
  });

  test("takes every finite number, and gives it back as one", async () => {
    const runId = await start();
    for (const numVal of [Number.MAX_VALUE, Number.MIN_VALUE, 0.1 + 0.2, -0, 1e-7])
      for (const given of [{ numVal }, { jsonVal: numVal }]) {
        const { status, body } = await move(runId, "vars", [{ key: "damage", ...given }]);
        expect([status, body.variables[0]]).toMatchObject([
          200,
          { key: "damage", numVal: numVal === 0 ? 0 : numVal, jsonVal: null, strVal: null, boolVal: null },
        ]);
      }
  });

  test.each([
    ["none of the four", [{ key: "name" }], "value_missing /0"],
    ["two of the four", [{ key: "name", strVal: "a", numVal: 1 }], "value_ambiguous /0"],
    ["another type", [{ key: "damage", strVal: "1" }], "variable_type_mismatch /0/strVal"],
    ["no value of the enum", [{ key: "incident", strVal: "flood" }], "variable_not_in_enum /0/strVal"],
    ["nothing for a required one", [{ key: "name", jsonVal: null }], "variable_required /0/jsonVal"],
    ["one that is not declared", [{ key: "nmae", strVal: "a" }], "variable_not_declared /0/key"],
    [
      "the same one twice",
      [
        { key: "name", strVal: "a" },
        { key: "name", strVal: "b" },
      ],
      "variable_duplicate /1/key",
    ],
  ])("refuses %s, and sets none of the others", async (_, body, reason) => {
    const runId = await start();
    const sent = await move(runId, "vars", body);
    expect(said(sent)).toEqual([422, "run_refused", reason]);
    const all = await move(runId, "vars", [...body, { key: "insured", boolVal: true }]);
    expect(all.status).toBe(422);
    expect(variablesOf((await app.client.get(`/runs/${runId}`)).body)).toEqual({ name: "caller" });
  });

  test.each([[[]], [{ key: "name", strVal: "a" }], [[{ key: "name", strVal: 5 }]], [null]])(
    "refuses a body that is no list of variables: %j",
    async (body) => {
      const runId = await start();
      expect(said(await move(runId, "vars", body))).toEqual([422, "invalid_body"]);
    },
  );
});

describe("POST /runs/:id/finish", () => {
  test.each(["SUCCEEDED", "FAILED", "CANCELLED"])("finishes a run as %s, for good", async (status) => {
    const runId = await start();
    const { body } = await twice(runId, "finish", { status });
    expect([body.status, body.endedAt, body.failure]).toEqual([status, body.updatedAt, null]);
    for (const [verb, more] of [
      ["finish", { status: "CANCELLED" }],
      ["advance"],
      ["answer", { nodeId: "n_type", value: "theft" }],
      ["vars", [{ key: "insured", boolVal: true }]],
    ] as const)
      expect(said(await move(runId, verb, more))).toEqual([409, "run_finished"]);
    const { log: _, prompts: __, ...run } = body;
    expect((await app.client.get(`/runs/${runId}`)).body).toEqual(run);
  });

  test("refuses RUNNING", async () => {
    const runId = await start();
    expect(said(await move(runId, "finish", { status: "RUNNING" }))).toEqual([422, "invalid_body"]);
  });
});

describe("a run that is not there, or is another tenant's", () => {
  test.each([
    ["vars", [{ key: "a", strVal: "b" }]],
    ["answer", { nodeId: "n", value: 1 }],
    ["advance", undefined],
    ["finish", { status: "FAILED" }],
  ])("is not found by %s", async (verb, body) => {
    expect(said(await move("none", verb, body))).toEqual([404, "run_not_found"]);
    const runId = await start();
    const other = app.client.as({ "x-tenant-id": "t2" });
    expect(said(await other.post(`/runs/${runId}/${verb}`, body))).toEqual([404, "run_not_found"]);
  });

  test("is not found by reads", async () => {
    const runId = await start();
    const other = app.client.as({ "x-tenant-id": "t2" });
    for (const path of [`/runs/${runId}`, `/runs/${runId}/trace`])
      expect(said(await other.get(path))).toEqual([404, "run_not_found"]);
    expect((await other.get("/runs")).body).toEqual({ entries: [], nextCursor: null });
    expect(said(await app.client.get("/runs/no%20id"))).toEqual([400, "invalid_path"]);
  });
});

describe("GET /runs", () => {
  test("lists by script, status and time, the last first, page by page", async () => {
    await createScript("scr_list");
    await seal("scr_list", callGraph);
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push(await start({ scriptId: "scr_list", version: 1 }));
    await move(ids[1]!, "finish", { status: "CANCELLED" });
    const list = async (query: string) => {
      const { body } = await app.client.get(`/runs?scriptId=scr_list${query}`);
      return body as { entries: { runId: string; startedAt: string }[]; nextCursor: string | null };
    };
    const idsOf = ({ entries }: { entries: { runId: string }[] }) => entries.map(({ runId }) => runId);
    const all = await list("");
    expect(idsOf(all)).toEqual(ids.toReversed());
    const paged: string[] = [];
    let page = await list("&limit=2");
    for (;;) {
      paged.push(...idsOf(page));
      if (page.nextCursor === null) break;
      page = await list(`&limit=2&cursor=${page.nextCursor}`);
    }
    expect(paged).toEqual(idsOf(all));
    expect(idsOf(await list("&status=CANCELLED"))).toEqual([ids[1]]);
    expect(idsOf(await list("&status=RUNNING"))).toHaveLength(4);
    const { startedAt } = all.entries.at(-1)!;
    expect(idsOf(await list(`&to=${startedAt}`))).toEqual([]);
    expect(idsOf(await list(`&from=${startedAt}&tenantId=t1`))).toHaveLength(5);
    expect(idsOf(await list(`&from=2100-01-01T00:00:00%2B01:00`))).toEqual([]);
  });

  test.each([
    ["status=DONE", [400, "invalid_query"]],
    ["from=yesterday", [400, "invalid_query"]],
    ["from=0000-01-01T00:00:00Z", [400, "invalid_query"]],
    ["limit=0", [400, "invalid_query"]],
    ["cursor=abc", [400, "invalid_cursor"]],
    ["tenantId=t2", [403, "tenant_mismatch"]],
  ])("refuses %s", async (query, expected) => {
    expect(said(await app.client.get(`/runs?${query}`))).toEqual(expected);
  });

  test("refuses the cursor of a trace", async () => {
    const runId = await start();
    await move(runId, "advance");
    const { body } = await app.client.get(`/runs/${runId}/trace?limit=1`);
    expect(body.nextCursor).not.toBeNull();
    expect(said(await app.client.get(`/runs?cursor=${body.nextCursor}`))).toEqual([400, "invalid_cursor"]);
  });
});

describe("POST /scripts/:id/simulate", () => {
  const simulate = (body: object, headers = {}) =>
    app.client.post("/scripts/scr_call/simulate", body, headers);
  const answers = [
    { nodeId: "n_type", value: "theft" },
    { nodeId: "n_damage", value: 2_000 },
  ];

  test("walks a version with given answers, and writes nothing", async () => {
    const before = (await app.client.get("/runs?limit=200")).body;
    const { status, body } = await simulate({
      version: 2,
      answers,
      actionResults: [{ nodeId: "n_lookup", success: true, result: { number: "MM1" } }],
    });
    expect([status, body.path, body.status, body.stoppedAt, body.variables.policy]).toEqual([
      200,
      ["n_start", "n_type", "n_damage", "n_route", "n_lookup", "n_end"],
      "FAILED",
      "end",
      "MM1",
    ]);
    expect(body.actions).toMatchObject([{ command: "policies.lookup", payload: { incident: "theft" } }]);
    expect((await app.client.get("/runs?limit=200")).body).toEqual(before);
  });

  test("walks the draft when no version is said, with its latest edits", async () => {
    const { body } = await simulate({});
    expect([body.stoppedAt, body.prompts.at(-1).prompt]).toEqual(["answer", "And now?"]);
  });

  test("is for viewers and agents too", async () => {
    for (const role of ["viewer", "agent"]) expect((await simulate({}, { "x-role": role })).status).toBe(200);
  });

  test.each([
    ["a version that is not there", { version: 9 }, [404, "version_not_found"]],
    ["the draft by its number", { version: 3 }, [404, "version_not_found"]],
    [
      "an answer that does not fit",
      { answers: [{ nodeId: "n_type", value: "flood" }] },
      [422, "run_refused", "option_not_found /answers/0/value"],
    ],
    [
      "a variable that does not fit",
      { variables: { damage: "x" } },
      [422, "run_refused", "variable_type_mismatch /variables/damage"],
    ],
    ["a version of another name", { version: "latest" }, [422, "invalid_body"]],
  ])("refuses %s", async (_, body, expected) => {
    expect(said(await simulate(body))).toEqual(expected);
  });

  test("refuses a script that is not there", async () => {
    for (const version of ["draft", 1])
      expect(said(await app.client.post("/scripts/scr_none/simulate", { version }))).toEqual([
        404,
        "script_not_found",
      ]);
  });
});

test("no body makes a run's operations fail in a way nobody foresaw", async () => {
  const runId = await start({ version: 1 });
  await move(runId, "advance");
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("__proto__", "constructor", "a".repeat(250), "\u0000", "\ud800", "n_type", "name", ""),
  );
  const json = fc.oneof(fc.jsonValue({ maxDepth: 3 }), text, fc.double());
  const bodies = fc.oneof(
    json,
    fc.record({ nodeId: text, value: json }),
    fc.array(fc.record({ key: text, numVal: fc.double() }), { maxLength: 3 }),
    fc.array(fc.record({ key: fc.constant("details"), jsonVal: json }), { minLength: 1, maxLength: 2 }),
    fc.record(
      {
        scriptId: fc.constantFrom("scr_call", "scr_empty", "x"),
        version: fc.oneof(fc.constant(1), json),
        connectorKey: text,
        subject: fc.record({ schema: text, model: text, id: text }),
        variables: fc.dictionary(text, json, { maxKeys: 3 }),
      },
      { requiredKeys: ["scriptId"] },
    ),
    fc.record({ answers: fc.array(fc.record({ nodeId: text, value: json })), variables: json }),
  );
  const paths = fc.constantFrom(
    "/runs",
    `/runs/${runId}/vars`,
    `/runs/${runId}/answer`,
    `/runs/${runId}/finish`,
    "/scripts/scr_call/simulate",
  );
  await fc.assert(
    fc.asyncProperty(paths, bodies, async (path, body) => {
      const { status } = await app.client.send("POST", path, {
        raw: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      });
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
}, 120_000);
