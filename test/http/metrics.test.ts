import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type TestApp } from "../support/startApp.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ worker: false, env: { HEARTBEAT_SECONDS: "0.2" } });
});
afterAll(async () => {
  await app.stop();
});

/** The samples of a scrape: { "name{labels}": value }. */
async function scrape(): Promise<Record<string, number>> {
  const response = await fetch(`${app.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain/u);
  const samples = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
}

const rename = (description: string, expectedSequence?: number) => ({
  commands: [{ command: "Scripts.UpdateDetails.v1", payload: { description } }],
  ...(expectedSequence === undefined ? {} : { expectedSequence }),
});

test("count edits by how they ended, and requests by operation", async () => {
  await app.client.post("/scripts", { id: "scr", name: "Script", slug: "script" });
  await app.client.post("/scripts/scr/commands", rename("one"));
  await app.client.post("/scripts/scr/commands", rename("late", 0));
  await app.client.post("/scripts/scr/commands", { ...rename("dry"), dryRun: true });
  await app.client.post("/scripts/scr/commands", {
    commands: [{ command: "Scripts.RemoveNode.v1", payload: { nodeId: "n_none" } }],
  });
  const samples = await scrape();
  expect(samples).toMatchObject({
    'scripts_submissions_total{outcome="appended"}': 2,
    'scripts_submissions_total{outcome="conflict"}': 1,
    'scripts_submissions_total{outcome="dry_run"}': 1,
    'scripts_submissions_total{outcome="refused"}': 1,
    scripts_appends_total: 2,
    scripts_commands_appended_total: 2,
    scripts_conflicts_total: 1,
    'scripts_refusals_total{code="node_not_found"}': 1,
    'scripts_http_request_duration_seconds_count{operation="postCommands",status="2xx"}': 2,
    'scripts_http_request_duration_seconds_count{operation="postCommands",status="4xx"}': 2,
    scripts_sse_clients: 0,
    'scripts_db_pool_connections{state="waiting"}': 0,
  });
  expect(samples["process_resident_memory_bytes"]).toBeGreaterThan(0);
});

test("say what waits as the workers last said, and nothing while there is none", async () => {
  expect(await scrape()).not.toHaveProperty("scripts_materialize_lag_commands");
  await app.startWorker();
  await expect
    .poll(async () => (await scrape())["scripts_materialize_lag_commands"], { timeout: 20_000 })
    .toBe(0);
  const samples = await scrape();
  expect(Object.keys(samples)).toEqual(
    expect.arrayContaining([
      "scripts_materialize_lag_seconds",
      "scripts_materialize_lag_scripts",
      "scripts_feed_head",
      "scripts_feed_unstamped_events",
      "scripts_feed_unstamped_seconds",
      "scripts_outbox_pending",
      "scripts_outbox_processing",
      "scripts_outbox_oldest_seconds",
      "scripts_dead_materializations",
      "scripts_dead_commands",
      "scripts_materializations_per_second",
    ]),
  );
  expect(samples['scripts_processes{part="worker"}']).toBe(1);
  expect(samples['scripts_heartbeat_age_seconds{part="worker"}']).toBeLessThan(5);
  await app.stopWorker();
});
