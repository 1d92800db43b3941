import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../support/sqlRefusal.ts";
import { openRuns, said, type TestRuns } from "./support/openRuns.ts";

let runs: TestRuns;
beforeAll(async () => {
  runs = await openRuns();
}, 60_000);
afterAll(async () => {
  await runs.stop();
});

/** Looks at every table of the service, and at the jobs: how many rows there are, and which was written last. */
async function openSession() {
  const owner = await connect(runs.app.database.ownerUrl);
  const { rows: tables } = await owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = 'scripts' and tablename <> 'ProcessHeartbeat' or tablename like 'job%' order by 1`,
  );
  const counts = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*)::int, max(xmin::text::bigint)::text as last from ${name}`,
  );
  return {
    rows: async () => (await owner.query(counts.join(" union all "))).rows as unknown[],
    [Symbol.asyncDispose]: () => owner.end(),
  };
}

describe("POST /scripts/:id/simulate", () => {
  const simulate = (body: object, headers = {}) =>
    runs.client.post("/scripts/scr_call/simulate", body, headers);
  const answers = [
    { nodeId: "n_type", value: "theft" },
    { nodeId: "n_damage", value: 2_000 },
  ];

  test("walks a version with given answers", async () => {
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
  });

  test("writes no row and sends nothing, of a version and of the draft", async () => {
    await using session = await openSession();
    await runs.app.stopWorker();
    const before = await session.rows();
    for (const version of [1, 2, "draft"])
      expect((await simulate({ version, answers })).body.actions).toHaveLength(1);
    expect((await simulate({ answers: [{ nodeId: "n_type", value: "flood" }] })).status).toBe(422);
    expect(await session.rows()).toEqual(before);
    // What is looked at shows what is written.
    await runs.start();
    expect(await session.rows()).not.toEqual(before);
    await runs.app.startWorker();
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
      expect(said(await runs.client.post("/scripts/scr_none/simulate", { version }))).toEqual([
        404,
        "script_not_found",
      ]);
  });
});
