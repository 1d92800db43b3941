import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectSoon } from "../support/expectSoon.ts";
import { openRuns, said, type TestRuns } from "./support/openRuns.ts";

let runs: TestRuns;
beforeAll(async () => {
  runs = await openRuns();
}, 60_000);
afterAll(async () => {
  await runs.stop();
});

const NEVER_MS = 600_000;

const node = (id: string, type: string, data: object = {}) => ({ id, type, position: { x: 0, y: 0 }, data });
const action = (id: string, command: string, data: object = {}) =>
  node(id, "action", { command, waitForCompletion: true, ...data });

/** Seals a script of nodes that follow each other, and starts a run of it. */
async function startLine(script: string, ...nodes: ReturnType<typeof node>[]): Promise<string> {
  const edges = nodes.slice(1).map(({ id }, index) => {
    const source = nodes[index]!.id;
    return { id: `${source}-${id}`, source, target: id, data: {} };
  });
  await runs.createScript(script);
  await runs.seal(script, { nodes, edges, entryNodeId: nodes[0]!.id });
  return runs.start({ scriptId: script, version: 1 });
}

/** Advances and answers a call until it waits for the lookup of its policy. */
async function callUntilLookup(): Promise<string> {
  const runId = await runs.start({ variables: { policy: "none" } });
  for (const [nodeId, value] of [
    ["n_type", "theft"],
    ["n_damage", 5_000],
  ]) {
    await runs.move(runId, "advance");
    await runs.move(runId, "answer", { nodeId, value });
  }
  expect((await runs.move(runId, "advance")).body.waitingFor.nodeId).toBe("n_lookup");
  return runId;
}

const kindsOf = async (runId: string): Promise<string[]> => {
  const { body } = await runs.client.get(`/runs/${runId}/trace?limit=500`);
  const entries = body.entries as { entry: { kind: string; event?: string } }[];
  return entries.map(({ entry }) => entry.event ?? entry.kind);
};

const commandOf = async (runId: string) => {
  const { correlationId } = await runs.read(runId);
  return (await runs.client.get(`/commands/${correlationId}`)).body;
};

describe("a run whose action is waited for", () => {
  test("takes nothing until it comes back", async () => {
    await runs.setJitter(NEVER_MS);
    const runId = await callUntilLookup();
    const body = await runs.read(runId);
    const { correlationId } = body;
    expect(body.waitingFor).toEqual({ kind: "action", nodeId: "n_lookup", correlationId, dispatch: 1 });
    expect(Date.parse(body.actionDueAt) - Date.parse(body.updatedAt)).toBe(60_000);
    expect(said(await runs.move(runId, "advance"))).toEqual([422, "run_refused", "waiting_for_action "]);
    expect(said(await runs.move(runId, "answer", { nodeId: "n_lookup", value: 1 }))).toEqual([
      422,
      "run_refused",
      "not_waiting_for_answer /nodeId",
    ]);
  });

  test("walks on by itself when it comes back", async () => {
    await runs.setJitter(0);
    const runId = await callUntilLookup();
    await expectSoon(async () => (await runs.read(runId)).status).toBe("SUCCEEDED");
    expect((await kindsOf(runId)).slice(-3)).toEqual(["action_completed", "moved", "ended"]);
  });

  test("walks on by itself to the end, also when that is more than one advance walks", async () => {
    await runs.setJitter(0);
    const line = Array.from({ length: 1_100 }, (_, index) => node(`m${index}`, "message"));
    const runId = await startLine("scr_long", action("a", "x"), ...line, node("e", "end"));
    await runs.move(runId, "advance");
    await expectSoon(async () => (await runs.read(runId)).status).toBe("SUCCEEDED");
    expect(await runs.read(runId)).toMatchObject({ currentNodeId: "e", actionDueAt: null });
  });

  test("fails when it takes longer than it may", async () => {
    await runs.setJitter(NEVER_MS);
    const runId = await startLine("scr_slow", action("n_wait", "x", { timeoutMs: 1 }));
    await runs.move(runId, "advance");
    await expectSoon(() => runs.read(runId)).toMatchObject({
      status: "FAILED",
      failure: {
        code: "action_failed",
        nodeId: "n_wait",
        message: 'Action "n_wait" failed: It did not come back in time.',
      },
    });
  });

  test("stays finished when it comes back after that", async () => {
    await runs.setJitter(0);
    await runs.app.stopWorker();
    const runId = await callUntilLookup();
    await runs.move(runId, "finish", { status: "CANCELLED" });
    const before = await runs.read(runId);
    await runs.app.startWorker();
    await expectSoon(async () => (await commandOf(runId)).status).toBe("COMPLETED");
    expect(await runs.read(runId)).toEqual(before);
    expect((await kindsOf(runId)).at(-1)).toBe("finished");
  });

  test("does not hear of it again when its command is sent back after the run went on", async () => {
    // Nobody has this script yet, so the command fails, and the run goes on without it.
    const payload = { scriptId: "scr_later", payload: { node: node("n", "message") } };
    const edit = action("a", "Scripts.AddNode.v1", { payload, continueOnFailure: true });
    const runId = await startLine("scr_edit", edit, node("q", "question"), node("e", "end"));
    await runs.move(runId, "advance");
    await expectSoon(async () => (await runs.read(runId)).currentNodeId).toBe("q");
    const { body } = await runs.client.get(`/runs/${runId}/trace`);
    expect(body.entries[2].entry).toMatchObject({
      kind: "action_completed",
      success: false,
      failure: { message: 'Action "a" failed: This tenant has no script "scr_later".' },
    });
    const before = await runs.read(runId);
    await runs.createScript("scr_later");
    expect((await runs.client.post(`/commands/${before.correlationId}/redrive`)).status).toBe(202);
    await expectSoon(async () => (await commandOf(runId)).status).toBe("COMPLETED");
    expect(await runs.read(runId)).toEqual(before);
  });
});
