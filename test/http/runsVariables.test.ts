import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRuns, said, type TestRuns, variablesOf } from "./support/openRuns.ts";

let runs: TestRuns;
beforeAll(async () => {
  runs = await openRuns();
}, 60_000);
afterAll(async () => {
  await runs.stop();
});

describe("POST /runs/:id/vars", () => {
  test("sets by key, over what there was, and takes away", async () => {
    const runId = await runs.start({ variables: { details: [1], damage: 3 } });
    const { body } = await runs.twice(runId, "vars", [
      { key: "name", strVal: "Grace" },
      { key: "damage", numVal: 0, strVal: null },
      { key: "insured", boolVal: false },
      { key: "incident", strVal: "theft" },
      { key: "details", jsonVal: null },
    ]);
    expect(variablesOf(body)).toEqual({ name: "Grace", damage: 0, insured: false, incident: "theft" });
    expect(
      variablesOf((await runs.move(runId, "vars", [{ key: "details", jsonVal: { a: null } }])).body),
    ).toEqual({
      name: "Grace",
      damage: 0,
      insured: false,
      incident: "theft",
      details: { a: null },
    });
    expect((await runs.client.get(`/runs/${runId}`)).body.currentNodeId).toBe("n_start");
  });

  test("takes every finite number, and gives it back as one", async () => {
    const runId = await runs.start();
    for (const numVal of [Number.MAX_VALUE, Number.MIN_VALUE, 0.1 + 0.2, -0, 1e-7])
      for (const given of [{ numVal }, { jsonVal: numVal }]) {
        const { status, body } = await runs.move(runId, "vars", [{ key: "damage", ...given }]);
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
    const runId = await runs.start();
    const sent = await runs.move(runId, "vars", body);
    expect(said(sent)).toEqual([422, "run_refused", reason]);
    const all = await runs.move(runId, "vars", [...body, { key: "insured", boolVal: true }]);
    expect(all.status).toBe(422);
    expect(variablesOf((await runs.client.get(`/runs/${runId}`)).body)).toEqual({ name: "caller" });
  });

  test.each([[[]], [{ key: "name", strVal: "a" }], [[{ key: "name", strVal: 5 }]], [null]])(
    "refuses a body that is no list of variables: %j",
    async (body) => {
      const runId = await runs.start();
      expect(said(await runs.move(runId, "vars", body))).toEqual([422, "invalid_body"]);
    },
  );
});
