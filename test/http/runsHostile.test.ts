import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRuns, type TestRuns } from "./support/openRuns.ts";

let runs: TestRuns;
beforeAll(async () => {
  runs = await openRuns();
}, 60_000);
afterAll(async () => {
  await runs.stop();
});

test("no body makes a run's operations fail in a way nobody foresaw", async () => {
  const runId = await runs.start({ version: 1 });
  await runs.move(runId, "advance");
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
      const { status } = await runs.client.send("POST", path, {
        raw: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      });
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
}, 120_000);
