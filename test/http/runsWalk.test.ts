import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRuns, said, type TestRuns, variablesOf } from "./support/openRuns.ts";

let runs: TestRuns;
beforeAll(async () => {
  runs = await openRuns();
}, 60_000);
afterAll(async () => {
  await runs.stop();
});

describe("a call", () => {
  test("is walked by answers and conditions to its end, each request sent twice", async () => {
    const runId = await runs.start({ variables: { name: "Ada" } });
    const asked = await runs.twice(runId, "advance");
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
    const answered = await runs.twice(runId, "answer", { nodeId: "n_type", value: "collision" });
    expect([answered.body.waitingFor, answered.body.prompt, variablesOf(answered.body)]).toEqual([
      null,
      null,
      { incident: "collision", name: "Ada" },
    ]);
    await runs.twice(runId, "advance");
    await runs.twice(runId, "answer", { nodeId: "n_damage", value: 40 });
    const { body } = await runs.twice(runId, "advance");
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
});

describe("POST /runs/:id/answer", () => {
  test.each([
    ["an option that is not there", { nodeId: "n_type", value: "flood" }, "option_not_found /value"],
    ["a node that does not ask now", { nodeId: "n_damage", value: 1 }, "node_not_current /nodeId"],
    ["a node that is not there", { nodeId: "n_gone", value: 1 }, "node_not_found /nodeId"],
  ])("refuses %s and names the way out", async (_, body, reason) => {
    const runId = await runs.start();
    await runs.move(runId, "advance");
    const before = (await runs.client.get(`/runs/${runId}`)).body;
    const sent = await runs.move(runId, "answer", body);
    expect(said(sent)).toEqual([422, "run_refused", reason]);
    expect(sent.body.message).toMatch(
      /Choose one of "collision", "theft"|waits for the answer of node "n_type"/,
    );
    expect((await runs.client.get(`/runs/${runId}`)).body).toEqual(before);
  });

  test("refuses a value of another type than the variable that it fills", async () => {
    const runId = await runs.start();
    await runs.move(runId, "advance");
    await runs.move(runId, "answer", { nodeId: "n_type", value: "theft" });
    await runs.move(runId, "advance");
    expect(said(await runs.move(runId, "answer", { nodeId: "n_damage", value: "a lot" }))).toEqual([
      422,
      "run_refused",
      "variable_type_mismatch /value",
    ]);
  });

  test("refuses an answer before the first advance, and a body without a value", async () => {
    const runId = await runs.start();
    expect(said(await runs.move(runId, "answer", { nodeId: "n_type", value: "theft" }))).toEqual([
      422,
      "run_refused",
      "not_waiting_for_answer /nodeId",
    ]);
    expect(said(await runs.move(runId, "answer", { nodeId: "n_type" }))).toEqual([422, "invalid_body"]);
  });
});

describe("POST /runs/:id/finish", () => {
  test.each(["SUCCEEDED", "FAILED", "CANCELLED"])("finishes a run as %s, for good", async (status) => {
    const runId = await runs.start();
    const { body } = await runs.twice(runId, "finish", { status });
    expect([body.status, body.endedAt, body.failure]).toEqual([status, body.updatedAt, null]);
    for (const [verb, more] of [
      ["finish", { status: "CANCELLED" }],
      ["advance"],
      ["answer", { nodeId: "n_type", value: "theft" }],
      ["vars", [{ key: "insured", boolVal: true }]],
    ] as const)
      expect(said(await runs.move(runId, verb, more))).toEqual([409, "run_finished"]);
    const { log: _, prompts: __, ...run } = body;
    expect((await runs.client.get(`/runs/${runId}`)).body).toEqual(run);
  });

  test("refuses RUNNING", async () => {
    const runId = await runs.start();
    expect(said(await runs.move(runId, "finish", { status: "RUNNING" }))).toEqual([422, "invalid_body"]);
  });
});
