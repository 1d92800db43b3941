import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/kernel/newId.ts";
import { callGraph } from "../runner/support/callGraph.ts";
import { ok, openRuns, said, type TestRuns, variablesOf } from "./support/openRuns.ts";

let runs: TestRuns;
beforeAll(async () => {
  runs = await openRuns();
}, 60_000);
afterAll(async () => {
  await runs.stop();
});

describe("POST /runs", () => {
  test("starts a run on the active version, with the defaults and what was given", async () => {
    const { status, body, headers } = await runs.client.post(
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
    expect((await runs.client.get(`/runs/${body.runId}`)).body).toEqual(body);
  });

  test("starts a run on the sealed version that is named, for whom it is said", async () => {
    const { body } = await runs.client.post("/runs", {
      scriptId: "scr_call",
      version: 2,
      startedById: "u_other",
    });
    expect([body.version, body.startedById, body.subject]).toEqual([2, "u_other", null]);
  });

  test("starts one run however often the same request is sent, also at once", async () => {
    const key = { "idempotency-key": newId() };
    const send = () => runs.client.post("/runs", { scriptId: "scr_call" }, key);
    const answers = await Promise.all([send(), send(), send(), send()]);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.runId}`)).size).toBe(1);
    const { body } = await runs.client.get(`/runs?scriptId=scr_call&limit=200`);
    const ids = (body.entries as { runId: string }[]).map(({ runId }) => runId);
    expect(ids.filter((id) => id === answers[0]?.body.runId)).toHaveLength(1);
  });

  test("keeps its version when another one is published, and walks it", async () => {
    const runId = await runs.start();
    await runs.publish("scr_call", 2);
    expect((await runs.read(runId)).version).toBe(1);
    for (const [nodeId, value] of [
      ["n_type", "theft"],
      ["n_damage", 40],
    ]) {
      await runs.move(runId, "advance");
      await runs.move(runId, "answer", { nodeId, value });
    }
    // Version 2 would end as FAILED.
    expect((await runs.move(runId, "advance")).body).toMatchObject({ version: 1, status: "SUCCEEDED" });
    await runs.publish("scr_call", 1);
  });

  test("goes on when its version is unpublished, which starts no other unless it is named", async () => {
    await runs.createScript("scr_pulled");
    await runs.seal("scr_pulled", callGraph);
    await runs.publish("scr_pulled", 1);
    const runId = await runs.start({ scriptId: "scr_pulled" });
    await runs.edit("scr_pulled", "Scripts.UnpublishVersion.v1", { version: 1 });
    const sent = await runs.client.post("/runs", { scriptId: "scr_pulled" });
    expect(said(sent)).toEqual([409, "no_active_version"]);
    const named = await runs.start({ scriptId: "scr_pulled", version: 1 });
    for (const one of [runId, named])
      expect((await runs.move(one, "advance")).body.waitingFor.nodeId).toBe("n_type");
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
    [
      "a value that the enum does not have",
      { variables: { incident: "flood" } },
      [422, "run_refused", "variable_not_in_enum /variables/incident"],
    ],
    [
      "to take the default of a required one away",
      { variables: { name: null } },
      [422, "run_refused", "variable_required /variables/name"],
    ],
    ["version 0", { version: 0 }, [422, "invalid_body"]],
    ["a subject without an id", { subject: { schema: "a", model: "b" } }, [422, "invalid_body"]],
  ])("refuses %s", async (_, more, expected) => {
    const sent = await runs.client.post("/runs", { scriptId: "scr_call", ...more });
    expect(said(sent)).toEqual(expected);
  });

  test("refuses an archived script, and goes on with the runs that it has", async () => {
    await runs.createScript("scr_old");
    await runs.seal("scr_old", callGraph);
    const runId = await runs.start({ scriptId: "scr_old", version: 1 });
    await ok(runs.client.patch("/scripts/scr_old", { status: "ARCHIVED" }));
    const sent = await runs.client.post("/runs", { scriptId: "scr_old", version: 1 });
    expect(said(sent)).toEqual([409, "script_archived"]);
    expect((await runs.move(runId, "advance")).status).toBe(200);
  });

  test("is for editors", async () => {
    for (const role of ["viewer", "agent"])
      expect(said(await runs.client.as({ "x-role": role }).post("/runs", { scriptId: "scr_call" }))).toEqual([
        403,
        "role_insufficient",
      ]);
  });
});

describe("a run of a version without nodes", () => {
  test("takes variables and is finished, but walks nowhere", async () => {
    const runId = await runs.start({ scriptId: "scr_empty" });
    expect((await runs.move(runId, "vars", [{ key: "insured", boolVal: true }])).status).toBe(200);
    expect(said(await runs.move(runId, "advance"))).toEqual([422, "run_refused", "entry_missing "]);
    const { body } = await runs.move(runId, "finish", { status: "SUCCEEDED" });
    expect([body.status, body.currentNodeId, variablesOf(body)]).toEqual([
      "SUCCEEDED",
      null,
      { insured: true, name: "caller" },
    ]);
  });
});
